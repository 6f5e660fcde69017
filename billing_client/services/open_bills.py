"""What an account owes, bill by bill, at a moment."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import bill

OPEN = bill.c.total_fen + bill.c.late_fee_fen - bill.c.paid_fen


async def quote(connection: AsyncConnection, account_no: str, at: datetime) -> dict[int, int]:
    """Open fen of each open bill, the one due first first."""
    asked = (
        select(bill.c.bill_id, OPEN)
        .where(bill.c.account_no == account_no, OPEN > 0)
        .order_by(bill.c.due_on, bill.c.bill_id)
    )
    return {row[0]: row[1] for row in await connection.execute(asked)}


async def open_fen(connection: AsyncConnection, account_no: str, at: datetime) -> int:
    return sum((await quote(connection, account_no, at)).values())


async def known(
    connection: AsyncConnection, account_no: str, bill_ids: tuple[int, ...]
) -> set[int]:
    """Which of the bills are the account's."""
    asked = select(bill.c.bill_id).where(
        bill.c.account_no == account_no, bill.c.bill_id.in_(bill_ids)
    )
    return set(await connection.scalars(asked))
