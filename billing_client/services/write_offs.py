"""Giving up an irrecoverable bill, and taking that back when the money does come.

The bill keeps its figures; an allocation without money closes it. What was collected for
others (sewage) is no longer owed to them, the rest is our loss (``domain/ledger.py``).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.adjustment import AdjustmentRefused, Obstacle, Owed, check_write_off
from billing_client.domain.allocation import by_component
from billing_client.domain.ledger import Posting, reversed_postings, write_off_postings
from billing_client.services import late_fees, ledger
from billing_client.services.allocation import (
    ADJUSTMENT,
    CREDIT,
    allocate,
    bills_of_live_orders,
    late_fees_paid,
    rule,
)
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import (
    allocation,
    bill,
    bill_item,
    instalment_plan,
    journal,
    posting,
)

WRITE_OFF = "write_off:"  # the source of its allocations, before its number
LATE_FEE = "LATE_FEE"


async def amount_to_write_off(
    connection: AsyncConnection, account_no: str, bill_id: int, now: datetime
) -> int:
    """All that is open of the bill, its late fee posted until today. Raises AdjustmentRefused."""
    await allocate(connection, account_no, CREDIT, (), now)  # money that is there comes first
    row = await _bill(connection, account_no, bill_id)
    await late_fees.post_accrued(connection, account_no, [row], now)
    row = await _bill(connection, account_no, bill_id)
    owed = await _owed(connection, row, now)
    check_write_off(owed)
    return owed.open_fen


async def write_off(connection: AsyncConnection, row: RowMapping, now: datetime) -> None:
    """Book it, when what is open is still what was proposed. Raises AdjustmentRefused."""
    account_no, bill_id = row["account_no"], row["bill_id"]
    billed = await _bill(connection, account_no, bill_id)
    check_write_off(await _owed(connection, billed, now), row["amount_fen"])
    fees_paid = (await late_fees_paid(connection, account_no, [bill_id])).get(bill_id, 0)
    fee = billed["late_fee_fen"] - fees_paid
    parts = await _open_by_component(connection, billed, billed["paid_fen"] - fees_paid)
    lines = write_off_postings(account_no, parts | {LATE_FEE: fee})
    ref = str(row["adjustment_id"])
    journal_id = await ledger.post(connection, "write_off", ref, account_no, lines, now)
    principal = sum(parts.values())
    shares = [("late_fee", fee), ("principal", principal)]
    await _settle(connection, row, f"{WRITE_OFF}{ref}", shares, journal_id)


async def recover(connection: AsyncConnection, row: RowMapping, now: datetime) -> None:
    """The write-off's entries reversed; prepaid balance settles the bill, which is owed again."""
    account_no, ref = row["account_no"], str(row["reverses"])
    lines = reversed_postings(await _postings(connection, "write_off", ref))
    own_ref = str(row["adjustment_id"])
    journal_id = await ledger.post(connection, "recover", own_ref, account_no, lines, now)
    source = f"{WRITE_OFF}{ref}"
    query = (
        select(allocation.c.part, func.sum(allocation.c.amount_fen))
        .where(
            allocation.c.account_no == account_no,
            allocation.c.bill_id == row["bill_id"],
            allocation.c.source == source,
        )
        .group_by(allocation.c.part)
    )
    shares = [(part, -int(fen)) for part, fen in await connection.execute(query)]
    await _settle(connection, row, source, shares, journal_id)
    await allocate(connection, account_no, f"{ADJUSTMENT}{own_ref}", (row["bill_id"],), now)


async def written_off_fen(
    connection: AsyncConnection, account_no: str, bill_ids: Sequence[int]
) -> dict[int, int]:
    """What was given up of each bill and not taken back; bills without are left out."""
    query = (
        select(allocation.c.bill_id, func.sum(allocation.c.amount_fen))
        .where(
            allocation.c.account_no == account_no,
            allocation.c.bill_id.in_(bill_ids),
            allocation.c.source.startswith(WRITE_OFF),
        )
        .group_by(allocation.c.bill_id)
        .having(func.sum(allocation.c.amount_fen) != 0)
    )
    return {bill_id: int(fen) for bill_id, fen in await connection.execute(query)}


async def _settle(
    connection: AsyncConnection,
    row: RowMapping,
    source: str,
    shares: Sequence[tuple[str, int]],
    journal_id: int | None,
) -> None:
    assert journal_id is not None, f"{source} was booked before"
    key: dict[str, Any] = {"account_no": row["account_no"], "bill_id": row["bill_id"]}
    for part, fen in shares:
        if fen:
            values = {**key, "source": source, "part": part, "amount_fen": fen}
            values["journal_id"] = journal_id
            await connection.execute(insert(allocation).values(values))
    await connection.execute(
        update(bill)
        .filter_by(**key)
        .values(paid_fen=bill.c.paid_fen + sum(fen for _, fen in shares))
    )


async def _owed(connection: AsyncConnection, row: RowMapping, now: datetime) -> Owed:
    account_no, bill_id = row["account_no"], row["bill_id"]
    plans = select(instalment_plan.c.plan_no).where(
        instalment_plan.c.account_no == account_no,
        instalment_plan.c.state == "ACTIVE",
        instalment_plan.c.bill_ids.contains([bill_id]),
    )
    return Owed(
        open_fen=row["total_fen"] + row["late_fee_fen"] - row["paid_fen"],
        overdue=row["due_on"] < now.astimezone(SHANGHAI).date(),
        payment_pending=bill_id in await bills_of_live_orders(connection, account_no),
        in_instalment_plan=(await connection.execute(plans)).first() is not None,
    )


async def _open_by_component(
    connection: AsyncConnection, row: RowMapping, principal_paid_fen: int
) -> dict[str, int]:
    """What is still owed of each charge: the payments in part counted by the utility's rule."""
    query = select(bill_item.c.component, bill_item.c.amount_fen).where(
        bill_item.c.account_no == row["account_no"], bill_item.c.bill_id == row["bill_id"]
    )
    items = {code: int(fen) for code, fen in await connection.execute(query)}
    paid = by_component(items, principal_paid_fen, await rule(connection))
    return {code: items[code] - paid[code] for code in items}


async def _postings(connection: AsyncConnection, kind: str, ref: str) -> list[Posting]:
    query = (
        select(posting.c.debit, posting.c.credit, posting.c.amount_fen)
        .join(journal, journal.c.journal_id == posting.c.journal_id)
        .where(journal.c.kind == kind, journal.c.ref == ref)
        .order_by(posting.c.line)
    )
    return [Posting(*row) for row in await connection.execute(query)]


async def _bill(connection: AsyncConnection, account_no: str, bill_id: int) -> RowMapping:
    query = select(bill).where(bill.c.account_no == account_no, bill.c.bill_id == bill_id)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise AdjustmentRefused(Obstacle.NO_BILL)
    return row
