"""What an account owes, bill by bill, at a moment: principal and late fee less what is paid."""

from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import allocation, late_fees
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import bill


async def quote(connection: AsyncConnection, account_no: str, at: datetime) -> dict[int, int]:
    """Open fen of each open bill, the one due first first, with the late fees posted.

    Posted, so that an order over them is right when it is paid. The caller holds the
    account's lock.
    """
    rows = await allocation.open_bills(connection, account_no)
    return _open(rows, await late_fees.post_accrued(connection, account_no, rows, at))


async def open_fen(connection: AsyncConnection, account_no: str, at: datetime) -> int:
    """All that is open, with the late fees accrued until ``at``; posts nothing."""
    rows = await allocation.open_bills(connection, account_no)
    fees = await late_fees.accrued(connection, rows, at.astimezone(SHANGHAI).date())
    return sum(_open(rows, fees).values())


def _open(rows: list[RowMapping], fees: dict[int, int]) -> dict[int, int]:
    return {
        row["bill_id"]: row["total_fen"] + fees[row["bill_id"]] - row["paid_fen"] for row in rows
    }


async def known(
    connection: AsyncConnection, account_no: str, bill_ids: tuple[int, ...]
) -> set[int]:
    """Which of the bills are the account's."""
    asked = select(bill.c.bill_id).where(
        bill.c.account_no == account_no, bill.c.bill_id.in_(bill_ids)
    )
    return set(await connection.scalars(asked))
