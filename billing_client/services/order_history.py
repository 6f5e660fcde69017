"""What happened to an order, and the evidence it was given. Both only grow."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import service_order_event, service_order_evidence
from billing_client.views import OrderEventView


async def write(
    connection: AsyncConnection,
    ticket_no: str,
    states: tuple[str | None, str],
    actor: str,
    now: datetime,
    note: str = "",
) -> int:
    """One entry, from one state to the other; the caller holds the order's row."""
    events = service_order_event.c
    last = select(func.coalesce(func.max(events.number), 0)).where(events.ticket_no == ticket_no)
    number = int((await connection.execute(last)).scalar_one()) + 1
    await connection.execute(
        insert(service_order_event).values(
            ticket_no=ticket_no,
            number=number,
            at=now,
            actor=actor,
            from_state=states[0],
            to_state=states[1],
            note=note,
        )
    )
    return number


async def add_evidence(
    connection: AsyncConnection,
    ticket_no: str,
    what: str,
    references: Iterable[str],
    actor: str,
    now: datetime,
) -> None:
    """The same reference twice is one piece."""
    rows = [
        {
            "ticket_no": ticket_no,
            "what": what,
            "reference": reference,
            "added_by": actor,
            "added_at": now,
        }
        for reference in dict.fromkeys(references)
    ]
    if rows:
        await connection.execute(insert(service_order_evidence).on_conflict_do_nothing(), rows)


async def read(connection: AsyncConnection, ticket_no: str) -> tuple[OrderEventView, ...]:
    """Oldest first."""
    query = (
        select(service_order_event)
        .where(service_order_event.c.ticket_no == ticket_no)
        .order_by(service_order_event.c.number)
    )
    return tuple(
        OrderEventView(row.number, row.at.astimezone(SHANGHAI), row.actor, row.to_state, row.note)
        for row in await connection.execute(query)
    )
