"""Billing again what was billed wrongly, and correcting estimates that were too high.

The new bill is issued today and due not before the old one was, at the earliest 15 days
from today, so that nobody pays a late fee for a mistake of ours.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.business_day import next_business_day
from billing_client.domain.period import due_on, issued_on
from billing_client.services import bill_cancelling, measuring
from billing_client.services.allocation import CREDIT, allocate
from billing_client.services.bill_cancelling import CancelledBill
from billing_client.services.billing_run import IssuedBill, issue_bill
from billing_client.services.measuring import EstimateTooHigh, NoReading
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import bill

PAY_WITHIN = timedelta(days=15)


@dataclass(frozen=True)
class Rebilled:
    """``without_bill``: periods of cancelled bills that have nothing of their own to bill."""

    cancelled: tuple[CancelledBill, ...]
    issued: tuple[IssuedBill, ...]
    without_bill: tuple[str, ...]


async def rebill(
    connection: AsyncConnection,
    account_no: str,
    bill_id: int,
    *,
    reason: str,
    by: str,
    now: datetime,
    notify: bool = False,
) -> Rebilled:
    """Cancel the bill and those after it, and bill their periods again, the oldest first.

    Readings, terms, tariffs and plans are those that are known today. Raises what
    ``bill_cancelling.cancel`` raises; all of it happens or nothing.
    """
    cancelled = await bill_cancelling.take_back_bills(
        connection, account_no, bill_id, reason=reason, by=by, now=now, with_later=True
    )
    issued: list[IssuedBill] = []
    missing: list[str] = []
    for old in reversed(cancelled):
        if old.kind == ADJUSTMENT:
            continue
        try:
            issued.append(await _again(connection, account_no, old, now, notify))
        except NoReading:
            missing.append(old.period)
    await allocate(connection, account_no, CREDIT, (), now)
    return Rebilled(cancelled, tuple(issued), tuple(missing))


async def correct_estimates(
    connection: AsyncConnection,
    account_no: str,
    period: str,
    *,
    reason: str,
    by: str,
    now: datetime,
    notify: bool = False,
) -> Rebilled:
    """Bill a period whose real reading lies below an estimate that was billed.

    As many estimated bills as it takes are cancelled, newest first; the new bill covers their
    time too, so that litres leave the tier that they were billed in (30 m³ estimated, 25
    used: 5 m³ of the second tier come back, at its price). Raises ReadingTooLow when even the last
    real reading lies above it, other NoReading, and what ``bill_cancelling.cancel`` raises.
    """
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    cancelled: list[CancelledBill] = []
    while await _below_estimate(connection, account_no, period):
        newest = await _newest(connection, account_no)
        cancelled += await bill_cancelling.take_back_bills(
            connection, account_no, newest, reason=reason, by=by, now=now, with_later=False
        )
    today = now.astimezone(SHANGHAI).date()
    late = bool(cancelled) and issued_on(period) < today
    issued = await issue_bill(
        connection,
        account_no,
        period,
        notify=notify,
        issue_on=today if late else None,
        pay_by=_pay_by(due_on(period), now) if late else None,
        read_until=issued_on(period),
    )
    await allocate(connection, account_no, CREDIT, (), now)
    return Rebilled(tuple(cancelled), (issued,), tuple(old.period for old in reversed(cancelled)))


async def _again(
    connection: AsyncConnection, account_no: str, old: CancelledBill, now: datetime, notify: bool
) -> IssuedBill:
    read_until = max(old.read_to, min(issued_on(old.period), old.issued_on))
    return await issue_bill(
        connection,
        account_no,
        old.period,
        notify=notify,
        issue_on=now.astimezone(SHANGHAI).date(),
        pay_by=_pay_by(old.due_on, now),
        read_until=read_until,
    )


async def _below_estimate(connection: AsyncConnection, account_no: str, period: str) -> bool:
    try:
        await measuring.stretches(connection, account_no, issued_on(period))
    except EstimateTooHigh:
        return True
    return False


async def _newest(connection: AsyncConnection, account_no: str) -> int:
    query = (
        select(bill.c.bill_id)
        .where(bill.c.account_no == account_no, bill.c.kind != ADJUSTMENT)
        .order_by(bill.c.read_to.desc(), bill.c.period.desc())
        .limit(1)
    )
    return (await connection.execute(query)).scalar_one()


def _pay_by(due: date, now: datetime) -> date:
    return max(due, next_business_day(now.astimezone(SHANGHAI).date() + PAY_WITHIN))
