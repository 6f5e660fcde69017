"""Booking an approved correction. The caller holds the account's lock."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.adjustment import Kind
from billing_client.domain.bill import ComputedBill, single_charge
from billing_client.domain.business_day import next_business_day
from billing_client.domain.ledger import bill_postings, credit_postings
from billing_client.domain.period import period_of
from billing_client.services import ledger, tariffs, write_offs
from billing_client.services.adjustment_charges import Correction, check_charge
from billing_client.services.allocation import ADJUSTMENT, CREDIT, allocate
from billing_client.services.bill_rows import store
from billing_client.services.measuring import Stretch
from billing_client.services.pricing import ADJUSTMENT as ADJUSTMENT_BILL
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import account, bill

PAY_WITHIN = timedelta(days=15)
NO_METER = ""  # a bill of no water


async def post(connection: AsyncConnection, row: RowMapping, now: datetime) -> int | None:
    """Write the journal of an approved row; the bill_id that a debit made, else None.

    What it rests on is looked at again. Raises AdjustmentRefused.
    """
    if row["kind"] == Kind.CREDIT:
        return await _credit(connection, row, now)
    if row["kind"] == Kind.DEBIT:
        return await _debit(connection, row, now)
    if row["kind"] == Kind.WRITE_OFF:
        return await write_offs.write_off(connection, row, now)
    return await write_offs.recover(connection, row, now)


async def _credit(connection: AsyncConnection, row: RowMapping, now: datetime) -> None:
    """Prepaid balance, which settles the bill that is named, then the others."""
    account_no, component, fen = row["account_no"], row["component"], row["amount_fen"]
    await check_charge(connection, account_no, _wanted(row), now)
    lines = credit_postings(account_no, component, fen)
    await ledger.post(connection, "adjust", str(row["adjustment_id"]), account_no, lines, now)
    named = () if row["bill_id"] is None else (row["bill_id"],)
    await allocate(connection, account_no, f"{ADJUSTMENT}{row['adjustment_id']}", named, now)


async def _debit(connection: AsyncConnection, row: RowMapping, now: datetime) -> int:
    """A bill of no water with one charge, due 15 days from today."""
    account_no, component = row["account_no"], row["component"]
    name = await check_charge(connection, account_no, _wanted(row), now)
    today = now.astimezone(SHANGHAI).date()
    computed = ComputedBill(*single_charge(component, f"{name}(补收)", row["amount_fen"]))
    head = await _head(connection, row, today)
    no_water = Stretch(NO_METER, 0, 0, today, today)
    bill_id = await store(connection, head, [no_water], computed)
    lines = bill_postings(account_no, computed.items)
    await ledger.post(connection, "bill", str(bill_id), account_no, lines, now)
    await allocate(connection, account_no, CREDIT, (bill_id,), now)
    return bill_id


def _wanted(row: RowMapping) -> Correction:
    return Correction(Kind(row["kind"]), row["amount_fen"], row["bill_id"], row["component"])


async def _head(connection: AsyncConnection, row: RowMapping, today: date) -> dict[str, Any]:
    """The columns of the new bill: those of the bill that is named, or of the account today."""
    account_no = row["account_no"]
    if row["bill_id"] is None:
        query = select(account.c.customer_class, account.c.persons).where(
            account.c.account_no == account_no
        )
        terms = dict((await connection.execute(query)).mappings().one())
        tariff = await tariffs.in_force(connection, today)
        terms |= {"period": period_of(today), "tariff_id": tariff.tariff_id}
    else:
        columns = (bill.c.customer_class, bill.c.persons, bill.c.period, bill.c.tariff_id)
        query = select(*columns).where(
            bill.c.account_no == account_no, bill.c.bill_id == row["bill_id"]
        )
        terms = dict((await connection.execute(query)).mappings().one())
    numbers = select(func.coalesce(func.max(bill.c.number), 0)).where(
        bill.c.account_no == account_no,
        bill.c.period == terms["period"],
        bill.c.kind == ADJUSTMENT_BILL,
    )
    return terms | {
        "account_no": account_no,
        "kind": ADJUSTMENT_BILL,
        "number": int((await connection.execute(numbers)).scalar_one()) + 1,
        "prior_l": 0,
        "used_l": 0,
        "issued_on": today,
        "due_on": next_business_day(today + PAY_WITHIN),
    }
