"""What an account owes, bill by bill, at a moment."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import late_fees
from billing_client.services.allocation import open_bills
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import bill


async def quote(connection: AsyncConnection, account_no: str, at: datetime) -> dict[int, int]:
    """Open fen of each open bill with the late fee accrued until ``at``, the oldest due first."""
    rows = await open_bills(connection, account_no)
    fees = await late_fees.accrued(connection, rows, at.astimezone(SHANGHAI).date())
    return {
        row["bill_id"]: row["total_fen"] + fees[row["bill_id"]] - row["paid_fen"] for row in rows
    }


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
