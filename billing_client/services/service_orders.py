"""Repair orders and requests: opened once a place, numbered by the day, urged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.service_order import RUNNING, ServiceOrderState, place_key
from billing_client.errors import NoSuchOrder
from billing_client.services import order_history, service_standards
from billing_client.store.audit import actor_of
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_names
from billing_client.store.tables import service_order
from billing_client.views import Caller, ServiceOrderView

LIST_LENGTH = 10


@dataclass(frozen=True)
class NewOrder:
    kind: str
    place: str
    severity: str
    inside: bool | None = None
    phone: str | None = None
    account_no: str | None = None
    photos: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


def account_meant(bound: Sequence[str], details: Mapping[str, Any]) -> str | None:
    """The bound account that the request names, else the only one; never one that is not bound."""
    named = details.get("account_no")
    if named in bound:
        return named
    return bound[0] if len(bound) == 1 else None


async def open_order(
    connection: AsyncConnection, caller: Caller, order: NewOrder, now: datetime
) -> ServiceOrderView:
    """Open an order; the caller's running one of this kind at this place is returned instead."""
    day = f"GD{now.astimezone(SHANGHAI):%Y%m%d}"
    # One order of a day at a time, so that numbers have no gaps and no doubles.
    await lock_names(connection, f"ticket:{day}")
    statement = (
        insert(service_order)
        .values(await _values(connection, caller, order, day, now))
        .on_conflict_do_nothing(
            index_elements=["kind", "channel", "channel_user", "place_key"],
            # Written out: of values that come later PostgreSQL cannot tell which index is meant.
            index_where=service_order.c.state.in_(
                bindparam("running", RUNNING, expanding=True, literal_execute=True)
            ),
        )
        .returning(service_order)
    )
    row = (await connection.execute(statement)).mappings().first()
    if row is not None:
        await _begin(connection, caller, order, row["ticket_no"], now)
        return view_of(row)
    return view_of(await _running(connection, caller, order), existed=True)


async def own_orders(connection: AsyncConnection, caller: Caller) -> tuple[ServiceOrderView, ...]:
    """The caller's last ten, newest first."""
    query = (
        select(service_order)
        .where(*_reported_by(caller))
        .order_by(service_order.c.created_at.desc(), service_order.c.ticket_no.desc())
        .limit(LIST_LENGTH)
    )
    return tuple(view_of(row) for row in (await connection.execute(query)).mappings())


async def own_order(
    connection: AsyncConnection, caller: Caller, ticket_no: str
) -> ServiceOrderView:
    """Raises NoSuchOrder for a number that is not the caller's own, existing or not."""
    query = select(service_order).where(
        service_order.c.ticket_no == ticket_no, *_reported_by(caller)
    )
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NoSuchOrder(ticket_no=ticket_no)
    return view_of(row)


async def urge(
    connection: AsyncConnection, caller: Caller, ticket_no: str, now: datetime
) -> ServiceOrderView:
    """Count one more urging on a running order; a finished one is returned as it is."""
    statement = (
        update(service_order)
        .where(
            service_order.c.ticket_no == ticket_no,
            service_order.c.state.in_(RUNNING),
            *_reported_by(caller),
        )
        .values(urged=service_order.c.urged + 1)
        .returning(service_order)
    )
    row = (await connection.execute(statement)).mappings().first()
    if row is None:
        return await own_order(connection, caller, ticket_no)
    actor = actor_of(caller)
    states = (row["state"], row["state"])
    await order_history.write(connection, ticket_no, states, actor, now, note="urged")
    return view_of(row)


async def _begin(
    connection: AsyncConnection, caller: Caller, order: NewOrder, ticket_no: str, now: datetime
) -> None:
    """The first entry of its history, and the photos as evidence."""
    actor = actor_of(caller)
    states = (None, ServiceOrderState.OPEN)
    await order_history.write(connection, ticket_no, states, actor, now)
    await order_history.add_evidence(connection, ticket_no, "photo", order.photos, actor, now)


async def _values(
    connection: AsyncConnection, caller: Caller, order: NewOrder, day: str, now: datetime
) -> dict[str, Any]:
    until = await service_standards.promised(connection, order.kind, order.severity, now)
    return {
        "ticket_no": await _next_number(connection, day),
        "kind": order.kind,
        "account_no": order.account_no,
        "channel": caller.channel,
        "channel_user": caller.channel_user,
        "conversation_id": caller.conversation_id,
        "place": order.place,
        "place_key": place_key(order.place),
        "inside": order.inside,
        "severity": order.severity,
        "phone": order.phone,
        "details": dict(order.details),
        "photos": list(order.photos),
        "state": RUNNING[0],
        "created_at": now,
        "respond_by": until.respond_by,
        "promised_at": until.promised_at,
        "finish_by": until.finish_by,
        "standard": until.source,
    }


async def _next_number(connection: AsyncConnection, day: str) -> str:
    number = service_order.c.ticket_no
    query = (
        select(number)
        .where(number.like(f"{day}%"))
        .order_by(func.length(number).desc(), number.desc())
        .limit(1)
    )
    last = (await connection.execute(query)).scalar_one_or_none()
    return f"{day}{int(last[len(day) :]) + 1 if last else 1:03d}"


async def _running(connection: AsyncConnection, caller: Caller, order: NewOrder) -> RowMapping:
    query = select(service_order).where(
        service_order.c.kind == order.kind,
        service_order.c.place_key == place_key(order.place),
        service_order.c.state.in_(RUNNING),
        *_reported_by(caller),
    )
    return (await connection.execute(query)).mappings().one()


def _reported_by(caller: Caller) -> tuple[Any, Any]:
    return (
        service_order.c.channel == caller.channel,
        service_order.c.channel_user == caller.channel_user,
    )


def view_of(row: RowMapping, *, existed: bool = False) -> ServiceOrderView:
    return ServiceOrderView(
        ticket_no=row["ticket_no"],
        kind=row["kind"],
        place=row["place"],
        severity=row["severity"],
        state=_told_state(row),
        created_at=row["created_at"].astimezone(SHANGHAI),
        promised_at=row["promised_at"] and row["promised_at"].astimezone(SHANGHAI),
        done_at=row["done_at"] and row["done_at"].astimezone(SHANGHAI),
        urged=row["urged"],
        existed=existed,
        account_no=row["account_no"],
        outcome=row["outcome"],
        outcome_note=row["outcome_note"],
        waiting_for=row["waiting_for"],
    )


def _told_state(row: RowMapping) -> str:
    """Customers see an order that waits for them as in hand, and what it waits for beside it."""
    waits = row["state"] == ServiceOrderState.WAITING
    return ServiceOrderState.DISPATCHED if waits else row["state"]
