"""Lists over all customers, for the utility's own systems: a page at a time, by key.

A page begins after the last key of the one before, so that the thousandth page costs what
the first does, and rows that come or go meanwhile neither repeat nor push others out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import accounts
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import account, bill, payment_order
from billing_client.views import AccountView, PaymentView


@dataclass(frozen=True)
class OfficeBillView:
    account_no: str
    bill_id: int
    period: str
    kind: str  # regular | final | adjustment
    used_l: int
    total_fen: int
    late_fee_fen: int  # posted
    paid_fen: int
    issued_on: date
    due_on: date
    invoice_no: str | None


async def account_page(
    connection: AsyncConnection, after: str | None, limit: int
) -> tuple[AccountView, ...]:
    """By account number; masked, as everywhere."""
    query = select(account.c.account_no).order_by(account.c.account_no).limit(limit)
    if after is not None:
        query = query.where(account.c.account_no > after)
    found = (await connection.execute(query)).scalars().all()
    return await accounts.views_of(connection, found)


async def bill_page(
    connection: AsyncConnection, after: tuple[str, int] | None, limit: int, period: str | None
) -> tuple[OfficeBillView, ...]:
    """By account number and bill number; of one period when it is named."""
    names = [bill.c[name] for name in OfficeBillView.__dataclass_fields__]
    query = _after(select(*names), (bill.c.account_no, bill.c.bill_id), after).limit(limit)
    if period is not None:
        query = query.where(bill.c.period == period)
    return tuple(OfficeBillView(*row) for row in await connection.execute(query))


async def payment_page(
    connection: AsyncConnection, after: tuple[datetime, str] | None, limit: int, state: str | None
) -> tuple[PaymentView, ...]:
    """By the moment they were made and order number."""
    order = payment_order.c
    names = [order[name] for name in PaymentView.__dataclass_fields__]
    query = _after(select(*names), (order.created_at, order.order_no), after).limit(limit)
    if state is not None:
        query = query.where(order.state == state)
    rows = (await connection.execute(query)).mappings()
    return tuple(PaymentView(**{**row, **_local(row)}) for row in rows)


def _after(
    query: Select[Any], keys: tuple[ColumnElement[Any], ...], last: tuple[Any, ...] | None
) -> Select[Any]:
    ordered = query.order_by(*keys)
    return ordered if last is None else ordered.where(tuple_(*keys) > tuple_(*last))


def _local(row: Any) -> dict[str, datetime | None]:
    return {
        name: row[name] and row[name].astimezone(SHANGHAI) for name in ("created_at", "paid_at")
    }
