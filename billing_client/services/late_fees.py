"""Late fees accrue by themselves: computed when looked at, posted when money moves."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.late_fee import LateFeeRule, PrincipalPaid, late_fee_fen
from billing_client.domain.ledger import late_fee_postings
from billing_client.services import late_fee_exceptions, ledger
from billing_client.store import settings
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import allocation, bill, journal

# The setting {"rate_per_day": "0.0005", "cap_ratio": "1", "grace_days": 0,
# "components": ["WATER"], "spares_low_income": true}.
LATE_FEE = "late_fee"


async def rule(connection: AsyncConnection) -> LateFeeRule:
    """The utility's rule; without a setting the rate is 0. Raises ValueError for a wrong one."""
    stored: Mapping[str, Any] = await settings.read(connection, LATE_FEE) or {}
    return LateFeeRule(
        rate_per_day=Decimal(stored.get("rate_per_day", "0")),
        cap_ratio=Decimal(stored.get("cap_ratio", "1")),
        grace_days=int(stored.get("grace_days", 0)),
        components=frozenset(stored.get("components", ())),
        spares_low_income=bool(stored.get("spares_low_income", True)),
    )


async def accrued(
    connection: AsyncConnection, bills: Iterable[RowMapping], today: date
) -> dict[int, int]:
    """Fen accrued until ``today`` on each bill, never less than what is already posted.

    Days of a dispute and of a kept instalment plan cost nothing; what was waived is gone.
    """
    bills = list(bills)
    fees = {row["bill_id"]: row["late_fee_fen"] for row in bills}
    overdue = [row for row in bills if _is_open(row) and row["due_on"] < today]
    if not overdue:
        return fees
    agreed = await rule(connection)
    if not agreed.rate_per_day:
        return fees
    if agreed.spares_low_income:
        spared = await late_fee_exceptions.low_income(connection, overdue)
        overdue = [row for row in overdue if row["account_no"] not in spared]
    paid = await _principal_paid(connection, overdue)
    pauses = await late_fee_exceptions.pauses(connection, overdue, today)
    waived = await late_fee_exceptions.waived_fen(connection, overdue)
    shares = await late_fee_exceptions.shares(connection, overdue, agreed.components)
    for row in overdue:
        bill_id = row["bill_id"]
        fee = late_fee_fen(
            row["total_fen"],
            row["due_on"],
            today,
            paid.get(bill_id, ()),
            agreed,
            pauses.get(bill_id, ()),
            shares.get(bill_id, Decimal(1)),
        )
        fees[bill_id] = max(fee - waived.get(bill_id, 0), row["late_fee_fen"])
    return fees


async def post_accrued(
    connection: AsyncConnection, account_no: str, bills: Iterable[RowMapping], at: datetime
) -> dict[int, int]:
    """Post what has accrued since the last posting. The caller holds the account's lock."""
    rows = list(bills)
    fees = await accrued(connection, rows, at.astimezone(SHANGHAI).date())
    waived = await late_fee_exceptions.waived_fen(connection, rows)
    for row in rows:
        more = fees[row["bill_id"]] - row["late_fee_fen"]
        if more <= 0:
            continue
        # All that was ever posted on the bill: a waiver must not bring an old number back.
        ref = f"{row['bill_id']}:{fees[row['bill_id']] + waived.get(row['bill_id'], 0)}"
        lines = late_fee_postings(account_no, more)
        await ledger.post(connection, "late_fee", ref, account_no, lines, at)
        await connection.execute(
            update(bill)
            .where(bill.c.account_no == account_no, bill.c.bill_id == row["bill_id"])
            .values(late_fee_fen=fees[row["bill_id"]])
        )
    return fees


def _is_open(row: RowMapping) -> bool:
    return row["paid_fen"] < row["total_fen"] + row["late_fee_fen"]


async def _principal_paid(
    connection: AsyncConnection, bills: list[RowMapping]
) -> dict[int, list[PrincipalPaid]]:
    query = (
        select(allocation.c.bill_id, allocation.c.amount_fen, journal.c.at)
        .join(journal, journal.c.journal_id == allocation.c.journal_id)
        .where(
            allocation.c.account_no.in_({row["account_no"] for row in bills}),
            allocation.c.bill_id.in_([row["bill_id"] for row in bills]),
            allocation.c.part == "principal",
        )
    )
    paid: dict[int, list[PrincipalPaid]] = {}
    for bill_id, amount_fen, at in await connection.execute(query):
        part = PrincipalPaid(at.astimezone(SHANGHAI).date(), amount_fen)
        paid.setdefault(bill_id, []).append(part)
    return paid
