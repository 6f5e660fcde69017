"""``GET /office/…``: lists over all customers, for keys with the scope ``office:read``."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.http.api import answering, paging
from billing_client.http.api.gate import Gate, require_scope
from billing_client.http.api.problems import Problem
from billing_client.http.api.reading import AFTER, LIMIT, checked
from billing_client.services import office_lists
from billing_client.services.office_lists import OfficeBillView
from billing_client.views import AccountView, PaymentView
from billing_client.wire.words import Period, RowId, Word

SCOPE = "office:read"


class Filter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfBills(Filter):
    period: Period | None = None


class OfPayments(Filter):
    state: Literal["CREATED", "PENDING", "UNKNOWN", "PAID", "CLOSED", "FAILED"] | None = None


Read = Callable[[AsyncConnection, Any, int, Any], Awaitable[Sequence[Any]]]


@dataclass(frozen=True)
class Listing:
    """``place``: the type of a cursor's contents; ``key``: those contents, of an item."""

    name: str
    summary: str
    filter: type[Filter]
    page: TypeAdapter[Any]
    place: TypeAdapter[Any]
    key: Callable[[Any], Any]
    read: Read


LISTINGS = (
    Listing(
        "accounts", "All accounts, masked", Filter,
        TypeAdapter(tuple[AccountView, ...]), TypeAdapter(Word),
        lambda one: one.account_no,
        lambda connection, after, limit, _: office_lists.account_page(connection, after, limit),
    ),
    Listing(
        "bills", "All bills, or those of a period", OfBills,
        TypeAdapter(tuple[OfficeBillView, ...]), TypeAdapter(tuple[Word, RowId]),
        lambda one: [one.account_no, one.bill_id],
        lambda connection, after, limit, asked: office_lists.bill_page(
            connection, after, limit, asked.period),
    ),
    Listing(
        "payments", "All payment orders, or those in a state", OfPayments,
        TypeAdapter(tuple[PaymentView, ...]), TypeAdapter(tuple[datetime, Word]),
        lambda one: [one.created_at.isoformat(), one.order_no],
        lambda connection, after, limit, asked: office_lists.payment_page(
            connection, after, limit, asked.state),
    ),
)  # fmt: skip


class Listings:
    def __init__(self, engine: AsyncEngine, gate: Gate) -> None:
        self._engine = engine
        self._gate = gate

    def handler(self, listing: Listing) -> answering.Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            key = await self._gate.key(request)
            require_scope(key, SCOPE)
            page = paging.wanted(request.query)
            named = {k: v for k, v in request.query.items() if k not in (LIMIT, AFTER)}
            asked = checked(listing.filter, named)
            after = None if page.after is None else _place(listing, page.after)
            async with self._engine.connect() as connection:
                # One more than is shown tells whether there is a next page.
                found = await listing.read(connection, after, page.limit + 1, asked)
            shown = tuple(found[: page.limit])
            more = len(found) > page.limit
            cursor = paging.cursor(listing.key(shown[-1])) if more else None
            return answering.page(shown, cursor, listing.page)

        return handle


def _place(listing: Listing, cursor: str) -> Any:
    try:
        return listing.place.validate_python(paging.read_cursor(cursor))
    except ValidationError:
        raise Problem("bad_cursor") from None
