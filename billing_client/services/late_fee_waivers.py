"""Waiving late fees: asked for with a reason by one, approved by another person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import waiver_postings
from billing_client.services import late_fees, ledger
from billing_client.store.locks import lock_account
from billing_client.store.tables import allocation, bill, late_fee_waiver


class WaiverRefused(ValueError):
    """The message is a sentence for the staff."""


@dataclass(frozen=True)
class Waiver:
    waiver_id: int
    bill_id: int
    amount_fen: int
    approved: bool


async def ask(
    connection: AsyncConnection,
    account_no: str,
    bill_id: int,
    amount_fen: int,
    *,
    reason: str,
    asked_by: str,
    now: datetime,
) -> Waiver:
    """Nothing changes until another person approves it. Raises WaiverRefused."""
    if amount_fen <= 0 or not reason.strip():
        raise WaiverRefused("减免金额应大于 0,并写明理由。")
    row = await _bill(connection, account_no, bill_id)
    open_fen = await _open_fee(connection, row, now)
    if amount_fen > open_fen:
        raise WaiverRefused(f"这张账单还未缴的违约金只有 {open_fen} 分,不能减免 {amount_fen} 分。")
    statement = insert(late_fee_waiver).values(
        account_no=account_no,
        bill_id=bill_id,
        amount_fen=amount_fen,
        reason=reason.strip(),
        asked_by=asked_by,
        asked_at=now,
    )
    waiver_id = (
        await connection.execute(statement.returning(late_fee_waiver.c.waiver_id))
    ).scalar_one()
    return Waiver(waiver_id, bill_id, amount_fen, approved=False)


async def approve(
    connection: AsyncConnection, account_no: str, waiver_id: int, approved_by: str, now: datetime
) -> Waiver:
    """Post what has accrued and take the waived part back. Twice has one effect.

    Raises WaiverRefused for the same person, and when less than that is still unpaid.
    """
    await lock_account(connection, account_no)
    query = select(late_fee_waiver).where(
        late_fee_waiver.c.account_no == account_no, late_fee_waiver.c.waiver_id == waiver_id
    )
    asked = (await connection.execute(query)).mappings().first()
    if asked is None:
        raise WaiverRefused(f"没有减免申请 {waiver_id}。")
    amount_fen = asked["amount_fen"]
    if asked["approved_at"] is not None:
        return Waiver(waiver_id, asked["bill_id"], amount_fen, approved=True)
    if asked["asked_by"] == approved_by:
        raise WaiverRefused("申请人不能自己审批,请由另一位同事审批。")
    row = await _bill(connection, account_no, asked["bill_id"])
    open_fen = await _open_fee(connection, row, now)
    if amount_fen > open_fen:
        raise WaiverRefused(f"这张账单还未缴的违约金只剩 {open_fen} 分,请重新申请。")
    await _take_back(connection, row, waiver_id, amount_fen, now)
    await connection.execute(
        update(late_fee_waiver)
        .where(late_fee_waiver.c.account_no == account_no, late_fee_waiver.c.waiver_id == waiver_id)
        .values(approved_by=approved_by, approved_at=now)
    )
    return Waiver(waiver_id, asked["bill_id"], amount_fen, approved=True)


async def _take_back(
    connection: AsyncConnection, row: RowMapping, waiver_id: int, amount_fen: int, now: datetime
) -> None:
    account_no, bill_id = row["account_no"], row["bill_id"]
    posted = await late_fees.post_accrued(connection, account_no, [row], now)
    lines = waiver_postings(account_no, amount_fen)
    await ledger.post(connection, "waive", str(waiver_id), account_no, lines, now)
    await connection.execute(
        update(bill)
        .where(bill.c.account_no == account_no, bill.c.bill_id == bill_id)
        .values(late_fee_fen=posted[bill_id] - amount_fen)
    )


async def _bill(connection: AsyncConnection, account_no: str, bill_id: int) -> RowMapping:
    query = select(bill).where(bill.c.account_no == account_no, bill.c.bill_id == bill_id)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise WaiverRefused(f"户号 {account_no} 没有账单 {bill_id}。")
    return row


async def _open_fee(connection: AsyncConnection, row: RowMapping, now: datetime) -> int:
    """The late fee of the bill until now that nobody has paid."""
    fees = await late_fees.accrued(connection, [row], now.date())
    paid = select(func.coalesce(func.sum(allocation.c.amount_fen), 0)).where(
        allocation.c.account_no == row["account_no"],
        allocation.c.bill_id == row["bill_id"],
        allocation.c.part == "late_fee",
    )
    return fees[row["bill_id"]] - int((await connection.execute(paid)).scalar_one())
