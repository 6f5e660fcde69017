"""The staff's side of service orders: handed on, waiting for evidence, decided, finished.

Each step is checked by the state machine, written into the history and told to the customer
in one transaction. An approved request does what it asks for (``order_effects``) in it too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.service_order import (
    RUNNING,
    Outcome,
    ServiceOrderState,
    TransitionRefused,
    check_move,
)
from billing_client.errors import NoSuchOrder
from billing_client.services import order_effects, order_history, service_orders
from billing_client.services.notices import write_notice
from billing_client.services.service_standards import kind_of
from billing_client.store.audit import acting_as
from billing_client.store.tables import service_order
from billing_client.views import ServiceOrderView

ORDER_PROGRESS = "order_progress"
WITHDRAWN = "withdrawn"
TOLD = (ServiceOrderState.WAITING, ServiceOrderState.DONE, ServiceOrderState.CANCELLED)


async def hand_on(
    connection: AsyncConnection, ticket_no: str, assignee: str, actor: str, now: datetime
) -> ServiceOrderView:
    """Somebody has it now. Raises TransitionRefused, NoSuchOrder."""
    return await _move(
        connection, ticket_no, ServiceOrderState.DISPATCHED, actor, now, assignee, assignee=assignee
    )


async def arrive(
    connection: AsyncConnection, ticket_no: str, actor: str, now: datetime
) -> ServiceOrderView:
    return await _move(connection, ticket_no, ServiceOrderState.ON_SITE, actor, now)


async def wait_for(
    connection: AsyncConnection, ticket_no: str, evidence: str, actor: str, now: datetime
) -> ServiceOrderView:
    """Ask the customer for evidence; the deadlines stand still until it comes."""
    return await _move(
        connection,
        ticket_no,
        ServiceOrderState.WAITING,
        actor,
        now,
        evidence,
        waiting_for=evidence,
        waiting_since=now,
    )


async def add_evidence(
    connection: AsyncConnection,
    ticket_no: str,
    what: str,
    references: Sequence[str],
    actor: str,
    now: datetime,
) -> ServiceOrderView:
    """Keep evidence; an order that waited for it goes on, its deadlines moved by the wait."""
    row = await locked(connection, ticket_no)
    if row["state"] not in RUNNING:
        raise TransitionRefused(row["state"], row["state"], "ended")
    await order_history.add_evidence(connection, ticket_no, what, references, actor, now)
    if row["state"] != ServiceOrderState.WAITING:
        return service_orders.view_of(row)
    waited = now - row["waiting_since"]
    moved = {name: row[name] + waited for name in ("promised_at", "finish_by") if row[name]}
    return await _move(
        connection,
        ticket_no,
        ServiceOrderState.DISPATCHED,
        actor,
        now,
        what,
        waiting_for=None,
        waiting_since=None,
        **moved,
    )


async def decide(
    connection: AsyncConnection,
    ticket_no: str,
    *,
    approved: bool,
    note: str,
    actor: str,
    now: datetime,
    decision: Mapping[str, Any] | None = None,
) -> ServiceOrderView:
    """Approve or reject a request. ``decision`` holds what its effect needs (persons, reading …).

    Raises TransitionRefused, NoSuchOrder, DecisionIncomplete and what the effect refuses.
    """
    row = await locked(connection, ticket_no)
    outcome = Outcome.APPROVED if approved else Outcome.REJECTED
    kind = kind_of(row["kind"])
    check_move(kind, ServiceOrderState(row["state"]), ServiceOrderState.DONE, outcome)
    await acting_as(connection, actor)
    if approved and kind.effect is not None:
        await order_effects.apply(connection, kind.effect, row, decision or {}, actor, now)
    return await _end(connection, row, outcome, note, actor, now)


async def finish(
    connection: AsyncConnection, ticket_no: str, note: str, actor: str, now: datetime
) -> ServiceOrderView:
    """A repair, a complaint or a request without an effect is done."""
    row = await locked(connection, ticket_no)
    return await _end(connection, row, Outcome.DONE, note, actor, now)


async def cancel(
    connection: AsyncConnection, ticket_no: str, note: str, actor: str, now: datetime
) -> ServiceOrderView:
    return await _move(connection, ticket_no, ServiceOrderState.CANCELLED, actor, now, note)


async def withdraw(
    connection: AsyncConnection, ticket_no: str, actor: str, now: datetime
) -> ServiceOrderView:
    """By the customer, who is not told what they did themselves."""
    return await _move(
        connection, ticket_no, ServiceOrderState.CANCELLED, actor, now, WITHDRAWN, tell=False
    )


async def locked(connection: AsyncConnection, ticket_no: str) -> RowMapping:
    """The order's row until the end of the transaction. Raises NoSuchOrder."""
    query = select(service_order).where(service_order.c.ticket_no == ticket_no).with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NoSuchOrder(ticket_no=ticket_no)
    return row


async def overdue(connection: AsyncConnection, now: datetime) -> tuple[ServiceOrderView, ...]:
    """Running orders past their end, the longest first; those that wait do not count."""
    query = (
        select(service_order)
        .where(
            service_order.c.state.in_(RUNNING),
            service_order.c.state != ServiceOrderState.WAITING,
            service_order.c.finish_by < now,
        )
        .order_by(service_order.c.finish_by)
    )
    return tuple(
        service_orders.view_of(row) for row in (await connection.execute(query)).mappings()
    )


async def _end(
    connection: AsyncConnection,
    row: RowMapping,
    outcome: Outcome,
    note: str,
    actor: str,
    now: datetime,
) -> ServiceOrderView:
    return await _move(
        connection,
        row["ticket_no"],
        ServiceOrderState.DONE,
        actor,
        now,
        note,
        outcome=outcome,
        outcome_note=note,
    )


async def _move(
    connection: AsyncConnection,
    ticket_no: str,
    after: ServiceOrderState,
    actor: str,
    now: datetime,
    note: str = "",
    *,
    tell: bool = True,
    **values: Any,
) -> ServiceOrderView:
    row = await locked(connection, ticket_no)
    before = ServiceOrderState(row["state"])
    check_move(kind_of(row["kind"]), before, after, values.get("outcome"))
    values["state"] = after
    if row["responded_at"] is None:
        values["responded_at"] = now
    if after in (ServiceOrderState.DONE, ServiceOrderState.CANCELLED):
        values["done_at"] = now
    changed = (
        update(service_order)
        .where(service_order.c.ticket_no == ticket_no)
        .values(values)
        .returning(service_order)
    )
    row = (await connection.execute(changed)).mappings().one()
    number = await order_history.write(connection, ticket_no, (before, after), actor, now, note)
    if tell and after in TOLD:
        await _tell(connection, row, number)
    return service_orders.view_of(row)


async def _tell(connection: AsyncConnection, row: RowMapping, number: int) -> None:
    payload = {
        "ticket_no": row["ticket_no"],
        "kind": row["kind"],
        "state": row["state"],
        "outcome": row["outcome"],
        "note": row["outcome_note"] or row["waiting_for"] or "",
    }
    await write_notice(
        connection,
        ORDER_PROGRESS,
        f"{ORDER_PROGRESS}:{row['ticket_no']}:{number}",
        payload=payload,
        account_no=row["account_no"],
        conversation_id=row["conversation_id"],
        channel=row["channel"],
        channel_user=row["channel_user"],
    )
