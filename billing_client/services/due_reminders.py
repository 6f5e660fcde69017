"""Reminding of bills a few days before they are due, for whoever wants that."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services.account_notices import Message, tell_chats
from billing_client.store.tables import bill, binding

BILL_DUE_SOON = "bill_due_soon"
DAYS_BEFORE = timedelta(days=3)


async def remind(connection: AsyncConnection, today: date) -> int:
    """Tell the chats of every open bill that is due within three days, once a bill."""
    bound = select(binding.c.account_no)
    query = select(bill).where(
        bill.c.due_on.between(today, today + DAYS_BEFORE),
        bill.c.paid_fen < bill.c.total_fen + bill.c.late_fee_fen,
        bill.c.account_no.in_(bound),
    )
    rows = list((await connection.execute(query)).mappings())
    for row in rows:
        payload = {
            "bill_id": row["bill_id"],
            "period": row["period"],
            "open_fen": row["total_fen"] + row["late_fee_fen"] - row["paid_fen"],
            "due_on": row["due_on"].isoformat(),
        }
        message = Message(BILL_DUE_SOON, f"{BILL_DUE_SOON}:{row['bill_id']}", payload)
        await tell_chats(connection, row["account_no"], message)
    return len(rows)
