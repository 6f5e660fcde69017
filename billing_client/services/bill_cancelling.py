"""Cancelling bills: the ledger is reversed, the bill is kept whole beside the live ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import Item
from billing_client.domain.bill_cancelling import BillFacts, Hindrance, hindrance
from billing_client.domain.ledger import bill_postings, reversed_postings, waiver_postings
from billing_client.services import invoice_rows, ledger
from billing_client.services.adjustment_charges import given_back_fen
from billing_client.services.allocation import CREDIT, allocate, bills_of_live_orders, take_back
from billing_client.services.pricing import ADJUSTMENT
from billing_client.services.write_offs import written_off_fen
from billing_client.store.audit import acting_as
from billing_client.store.locks import lock_account
from billing_client.store.tables import (
    account,
    adjustment,
    bill,
    bill_item,
    bill_line,
    bill_stretch,
    instalment_plan,
)


class BillNotFound(LookupError):
    """The account has no such bill; it may have been cancelled before."""


class NoReason(ValueError):
    """A correction without a reason is not booked."""


class CancelRefused(ValueError):
    """``later``: the bills that would have to be cancelled too, newest first."""

    def __init__(self, bill_id: int, reason: Hindrance, later: tuple[int, ...] = ()) -> None:
        super().__init__(f"{bill_id} {reason}")
        self.bill_id, self.reason, self.later = bill_id, reason, later


@dataclass(frozen=True)
class CancelledBill:
    """``credited_fen`` had been paid on it and is prepaid balance now."""

    bill_id: int
    period: str
    kind: str
    total_fen: int
    credited_fen: int
    read_to: date
    issued_on: date
    due_on: date


# The rows as they were; the primary key refuses a second cancellation.
_KEEP = text("""
INSERT INTO billing.cancelled_bill
SELECT b.account_no, b.bill_id, b.period, b.total_fen, :credited_fen, :reason, :by, :now,
       jsonb_build_object(
           'bill', to_jsonb(b),
           'items', (SELECT jsonb_agg(to_jsonb(i)) FROM billing.bill_item AS i
                      WHERE i.account_no = b.account_no AND i.bill_id = b.bill_id),
           'lines', (SELECT jsonb_agg(to_jsonb(l) ORDER BY line) FROM billing.bill_line AS l
                      WHERE l.account_no = b.account_no AND l.bill_id = b.bill_id),
           'stretches', (SELECT jsonb_agg(to_jsonb(s)) FROM billing.bill_stretch AS s
                          WHERE s.account_no = b.account_no AND s.bill_id = b.bill_id))
  FROM billing.bill AS b WHERE b.account_no = :account_no AND b.bill_id = :bill_id
""")


async def cancel(
    connection: AsyncConnection,
    account_no: str,
    bill_id: int,
    *,
    reason: str,
    by: str,
    now: datetime,
    with_later: bool = False,
) -> tuple[CancelledBill, ...]:
    """Cancel a bill, newest first with those after it; what was paid settles other open bills.

    Raises BillNotFound, NoReason, CancelRefused.
    """
    done = await take_back_bills(
        connection, account_no, bill_id, reason=reason, by=by, now=now, with_later=with_later
    )
    await allocate(connection, account_no, CREDIT, (), now)
    return done


async def take_back_bills(
    connection: AsyncConnection,
    account_no: str,
    bill_id: int,
    *,
    reason: str,
    by: str,
    now: datetime,
    with_later: bool,
) -> tuple[CancelledBill, ...]:
    """As ``cancel``, but the money stays prepaid: the caller has a new bill for it."""
    if not reason.strip():
        raise NoReason
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    row = await _bill(connection, account_no, bill_id)
    later = await _later(connection, row)
    for number, one in enumerate((*later, row)):
        # Those after it go first, so that each is the last one when its turn comes.
        facts = await _facts(connection, one, [it["bill_id"] for it in later[number:]])
        found = hindrance(facts, with_later=with_later)
        if found is not None:
            raise CancelRefused(one["bill_id"], found, facts.later)
    return tuple([await _cancel_one(connection, one, reason, by, now) for one in (*later, row)])


async def _cancel_one(
    connection: AsyncConnection, row: RowMapping, reason: str, by: str, now: datetime
) -> CancelledBill:
    account_no, bill_id = row["account_no"], row["bill_id"]
    credited_fen = await take_back(connection, account_no, bill_id, now)
    assert credited_fen == row["paid_fen"], f"bill {bill_id} says another sum than its allocations"
    items = await _items(connection, account_no, bill_id)
    lines = [*reversed_postings(bill_postings(account_no, items))]
    if row["late_fee_fen"]:
        lines += waiver_postings(account_no, row["late_fee_fen"])
    await ledger.post(connection, "cancel", str(bill_id), account_no, lines, now)
    parameters: dict[str, Any] = {
        "account_no": account_no,
        "bill_id": bill_id,
        "credited_fen": credited_fen,
        "reason": reason.strip(),
        "by": by,
        "now": now,
    }
    await connection.execute(_KEEP, parameters)
    for table in (bill_line, bill_item, bill_stretch, bill):
        await connection.execute(
            delete(table).where(table.c.account_no == account_no, table.c.bill_id == bill_id)
        )
    kept = ("period", "kind", "total_fen", "read_to", "issued_on", "due_on")
    return CancelledBill(
        bill_id=bill_id, credited_fen=credited_fen, **{name: row[name] for name in kept}
    )


async def _bill(connection: AsyncConnection, account_no: str, bill_id: int) -> RowMapping:
    query = select(bill).where(bill.c.account_no == account_no, bill.c.bill_id == bill_id)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise BillNotFound(f"{account_no} {bill_id}")
    return row


async def _later(connection: AsyncConnection, row: RowMapping) -> list[RowMapping]:
    """Bills of water after this one, newest first; an adjustment has none."""
    if row["kind"] == ADJUSTMENT:
        return []
    after = (bill.c.period > row["period"]) | (bill.c.read_to > row["read_to"])
    query = (
        select(bill)
        .where(bill.c.account_no == row["account_no"], bill.c.kind != ADJUSTMENT, after)
        .order_by(bill.c.read_to.desc(), bill.c.period.desc())
    )
    return list((await connection.execute(query)).mappings())


async def _facts(connection: AsyncConnection, row: RowMapping, later: Sequence[int]) -> BillFacts:
    account_no, bill_id = row["account_no"], row["bill_id"]
    plans = select(instalment_plan.c.plan_no).where(
        instalment_plan.c.account_no == account_no,
        instalment_plan.c.state == "ACTIVE",
        instalment_plan.c.bill_ids.contains([bill_id]),
    )
    holder = select(account.c.supply_state, account.c.owner_since).where(
        account.c.account_no == account_no
    )
    supply_state, since = (await connection.execute(holder)).one()
    return BillFacts(
        invoiced=row["invoice_no"] is not None
        or bool(await invoice_rows.live_of(connection, [bill_id])),
        payment_pending=bill_id in await bills_of_live_orders(connection, account_no),
        in_instalment_plan=(await connection.execute(plans)).first() is not None,
        of_former_owner=since is not None and row["read_to"] <= since,
        account_closed=supply_state == "closed",
        written_off=bool(await written_off_fen(connection, account_no, [bill_id])),
        credited=await _credited(connection, account_no, bill_id),
        later=tuple(later),
    )


async def _credited(connection: AsyncConnection, account_no: str, bill_id: int) -> bool:
    """More was given back on the bill than debits, whose bills still stand, took again."""
    debits = (
        select(func.coalesce(func.sum(adjustment.c.amount_fen), 0))
        .join(bill, bill.c.bill_id == adjustment.c.new_bill_id)
        .where(adjustment.c.account_no == account_no, adjustment.c.bill_id == bill_id)
    )
    taken_fen = int((await connection.execute(debits)).scalar_one())
    return await given_back_fen(connection, account_no, bill_id) > taken_fen


async def _items(connection: AsyncConnection, account_no: str, bill_id: int) -> list[Item]:
    query = select(bill_item.c.component, bill_item.c.component_name, bill_item.c.amount_fen).where(
        bill_item.c.account_no == account_no, bill_item.c.bill_id == bill_id
    )
    return [Item(*row) for row in await connection.execute(query)]
