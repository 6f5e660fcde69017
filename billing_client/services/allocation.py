"""Using an account's prepaid balance to settle its bills."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.allocation import AllocationRule, OpenBill, Share, parse, shares_of
from billing_client.domain.ledger import allocation_postings, reversed_postings
from billing_client.domain.payment import LIVE
from billing_client.services import late_fees, ledger
from billing_client.store import settings
from billing_client.store.locks import lock_account
from billing_client.store.tables import allocation, bill, payment_order, payment_order_bill

CREDIT = "credit"  # the source of an allocation that no order made
ADJUSTMENT = "adjustment:"  # and of one that a correction made, before its number
ALLOCATION = "allocation"  # the setting {"late_fee": "FIRST", "components": ["SEWAGE", "WATER"]}


async def allocate(
    connection: AsyncConnection,
    account_no: str,
    source_order_no: str,
    preferred_bill_ids: Sequence[int],
    at: datetime,
) -> int:
    """Settle open bills from the prepaid balance and return the fen that are left of it.

    Named bills first, then the oldest due; where a bill's late fee (accrued until ``at`` and
    posted here) stands is the utility's rule. What is no payment leaves alone, unless they are
    named, bills that a live payment order names: they are about to be paid.
    """
    await lock_account(connection, account_no)
    left = await ledger.prepaid_fen(connection, account_no, to_use=True)
    if left <= 0:
        return left
    bills = await open_bills(connection, account_no)
    fees = await late_fees.post_accrued(connection, account_no, bills, at)
    if source_order_no.startswith((CREDIT, ADJUSTMENT)):
        promised = await bills_of_live_orders(connection, account_no)
        promised -= set(preferred_bill_ids)
        bills = [row for row in bills if row["bill_id"] not in promised]
    paid_fees = await late_fees_paid(connection, account_no, [row["bill_id"] for row in bills])
    candidates = [_open_bill(row, fees, paid_fees) for row in bills]
    settled = await _times_settled(connection, account_no, [row["bill_id"] for row in bills])
    for share in shares_of(left, candidates, preferred_bill_ids, await rule(connection)):
        await _settle(connection, account_no, source_order_no, share, settled[share.bill_id], at)
        settled[share.bill_id] += 1
        left -= share.amount_fen
    return left


async def rule(connection: AsyncConnection) -> AllocationRule:
    """The utility's own order, or the usual one. Raises ValueError for a wrong setting."""
    return parse(await settings.read(connection, ALLOCATION) or {})


async def open_bills(connection: AsyncConnection, account_no: str) -> list[RowMapping]:
    """Bills with something to pay, oldest due first."""
    query = (
        select(bill)
        .where(
            bill.c.account_no == account_no,
            bill.c.paid_fen < bill.c.total_fen + bill.c.late_fee_fen,
        )
        .order_by(bill.c.due_on, bill.c.bill_id)
    )
    return list((await connection.execute(query)).mappings())


def _open_bill(row: RowMapping, fees: dict[int, int], paid_fees: dict[int, int]) -> OpenBill:
    paid_fee = paid_fees.get(row["bill_id"], 0)
    return OpenBill(
        bill_id=row["bill_id"],
        due_on=row["due_on"],
        late_fee_fen=fees[row["bill_id"]] - paid_fee,
        principal_fen=row["total_fen"] - (row["paid_fen"] - paid_fee),
    )


async def _settle(
    connection: AsyncConnection,
    account_no: str,
    source: str,
    share: Share,
    times_settled: int,
    at: datetime,
) -> None:
    ref = f"{source}:{share.bill_id}:{share.part}:{times_settled}"
    lines = allocation_postings(account_no, share.amount_fen)
    journal_id = await ledger.post(connection, "allocate", ref, account_no, lines, at)
    assert journal_id is not None, f"allocation {ref} was posted before its bill said so"
    await connection.execute(
        insert(allocation).values(
            account_no=account_no,
            bill_id=share.bill_id,
            source=source,
            part=share.part,
            amount_fen=share.amount_fen,
            journal_id=journal_id,
        )
    )
    await connection.execute(
        update(bill)
        .where(bill.c.account_no == account_no, bill.c.bill_id == share.bill_id)
        .values(paid_fen=bill.c.paid_fen + share.amount_fen)
    )


async def bills_of_live_orders(connection: AsyncConnection, account_no: str) -> set[int]:
    query = (
        select(payment_order_bill.c.bill_id)
        .join(payment_order, payment_order.c.order_no == payment_order_bill.c.order_no)
        .where(payment_order.c.account_no == account_no, payment_order.c.state.in_(LIVE))
    )
    return set((await connection.execute(query)).scalars())


async def take_back(
    connection: AsyncConnection, account_no: str, bill_id: int, at: datetime
) -> int:
    """What settled the bill is prepaid balance again; the fen. The caller holds the lock."""
    sums = (
        select(allocation.c.source, allocation.c.part, func.sum(allocation.c.amount_fen))
        .where(allocation.c.account_no == account_no, allocation.c.bill_id == bill_id)
        .group_by(allocation.c.source, allocation.c.part)
        .having(func.sum(allocation.c.amount_fen) != 0)
    )
    parts = [(source, part, int(fen)) for source, part, fen in await connection.execute(sums)]
    if not parts:
        return 0
    whole = sum(fen for *_, fen in parts)
    lines = reversed_postings(allocation_postings(account_no, whole))
    journal_id = await ledger.post(connection, "unallocate", str(bill_id), account_no, lines, at)
    assert journal_id is not None, f"bill {bill_id} was taken back before"
    await connection.execute(
        insert(allocation),
        [
            {
                "account_no": account_no,
                "bill_id": bill_id,
                "source": source,
                "part": part,
                "amount_fen": -fen,
                "journal_id": journal_id,
            }
            for source, part, fen in parts
        ],
    )
    return whole


async def _times_settled(
    connection: AsyncConnection, account_no: str, bill_ids: list[int]
) -> dict[int, int]:
    """How often each bill was settled before: it keeps the journals' refs apart."""
    query = (
        select(allocation.c.bill_id, func.count())
        .where(allocation.c.account_no == account_no, allocation.c.bill_id.in_(bill_ids))
        .group_by(allocation.c.bill_id)
    )
    counted = {bill_id: int(count) for bill_id, count in await connection.execute(query)}
    return {bill_id: counted.get(bill_id, 0) for bill_id in bill_ids}


async def late_fees_paid(
    connection: AsyncConnection, account_no: str, bill_ids: list[int]
) -> dict[int, int]:
    query = (
        select(allocation.c.bill_id, func.sum(allocation.c.amount_fen))
        .where(
            allocation.c.account_no == account_no,
            allocation.c.bill_id.in_(bill_ids),
            allocation.c.part == "late_fee",
        )
        .group_by(allocation.c.bill_id)
    )
    return {bill_id: int(fen) for bill_id, fen in await connection.execute(query)}
