"""The ledger's side of a refund: set aside, given back, or credit again. Each once.

The caller holds the row of the refund and the lock of its account.
"""

from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import (
    allocation_postings,
    refund_postings,
    refund_reserve_postings,
    reversed_postings,
)
from billing_client.services import ledger
from billing_client.store.tables import allocation, bill, payment_order


async def hold_order(connection: AsyncConnection, order_no: str, amount_fen: int) -> None:
    """Reserve it on the payment: never more goes back than came. IntegrityError otherwise."""
    await connection.execute(
        update(payment_order)
        .where(payment_order.c.order_no == order_no)
        .values(refunding_fen=payment_order.c.refunding_fen + amount_fen)
    )


async def set_aside(connection: AsyncConnection, row: RowMapping, at: datetime) -> None:
    """Out of the prepaid balance; before that out of the bills, when they are given up."""
    if row["from_bills"]:
        await _reopen_bills(connection, row, at)
    lines = refund_reserve_postings(row["account_no"], row["provider"], row["amount_fen"])
    posted = await ledger.post(
        connection, "refund_reserve", row["refund_no"], row["account_no"], lines, at
    )
    assert posted is not None, f"{row['refund_no']} was set aside before"


async def given_back(connection: AsyncConnection, row: RowMapping, at: datetime) -> None:
    lines = refund_postings(row["provider"], row["amount_fen"])
    posted = await ledger.post(connection, "refund", row["refund_no"], row["account_no"], lines, at)
    assert posted is not None, f"{row['refund_no']} was given back before"
    await connection.execute(
        update(payment_order)
        .where(payment_order.c.order_no == row["order_no"])
        .values(
            refunding_fen=payment_order.c.refunding_fen - row["amount_fen"],
            refunded_fen=payment_order.c.refunded_fen + row["amount_fen"],
        )
    )


async def let_go(connection: AsyncConnection, row: RowMapping, at: datetime) -> None:
    """It does not go back: the customer's credit again, where it was set aside."""
    if row["set_aside"]:
        lines = reversed_postings(
            refund_reserve_postings(row["account_no"], row["provider"], row["amount_fen"])
        )
        posted = await ledger.post(
            connection, "refund_release", row["refund_no"], row["account_no"], lines, at
        )
        assert posted is not None, f"{row['refund_no']} was let go before"
    await hold_order(connection, row["order_no"], -row["amount_fen"])


async def _reopen_bills(connection: AsyncConnection, row: RowMapping, at: datetime) -> None:
    """Take as much of the order's money out of its bills as the balance lacks, newest first."""
    prepaid_fen = await ledger.prepaid_fen(connection, row["account_no"], to_use=True)
    lacking = row["amount_fen"] - prepaid_fen
    for bill_id, part, fen in await settled_with(connection, row["account_no"], row["order_no"]):
        taken = min(fen, lacking)
        if taken <= 0:
            return
        await _take_out(connection, row, bill_id, part, taken, at)
        lacking -= taken


async def settled_with(
    connection: AsyncConnection, account_no: str, order_no: str
) -> list[tuple[int, str, int]]:
    """(bill, part, fen) that the order's money settles, the newest bill first."""
    query = (
        select(allocation.c.bill_id, allocation.c.part, func.sum(allocation.c.amount_fen))
        .where(allocation.c.account_no == account_no, allocation.c.source == order_no)
        .group_by(allocation.c.bill_id, allocation.c.part)
        .having(func.sum(allocation.c.amount_fen) > 0)
        .order_by(allocation.c.bill_id.desc(), allocation.c.part.desc())
    )
    return [(bill_id, part, int(fen)) for bill_id, part, fen in await connection.execute(query)]


async def _take_out(
    connection: AsyncConnection,
    row: RowMapping,
    bill_id: int,
    part: str,
    fen: int,
    at: datetime,
) -> None:
    ref = f"{row['refund_no']}:{bill_id}:{part}"
    lines = reversed_postings(allocation_postings(row["account_no"], fen))
    journal_id = await ledger.post(connection, "unallocate", ref, row["account_no"], lines, at)
    assert journal_id is not None, f"{ref} was taken out before"
    await connection.execute(
        insert(allocation).values(
            account_no=row["account_no"],
            bill_id=bill_id,
            source=row["order_no"],
            part=part,
            amount_fen=-fen,
            journal_id=journal_id,
        )
    )
    await connection.execute(
        update(bill)
        .where(bill.c.account_no == row["account_no"], bill.c.bill_id == bill_id)
        .values(paid_fen=bill.c.paid_fen - fen)
    )
