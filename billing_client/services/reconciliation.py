"""A day of a provider's bill beside our orders and our ledger, and what follows from it.

Run again it replaces what it found before; money that is put right is put right once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain.ledger import fee_postings, payout_postings
from billing_client.domain.money import round_half_up
from billing_client.domain.reconciliation import Fault, Finding, Key, compare
from billing_client.pay.messages import (
    BillRow,
    RefundResult,
    RefundState,
    RowKind,
    Transaction,
    TransactionState,
)
from billing_client.services import (
    ledger,
    reconciliation_books,
    refund_results,
    settlement,
    staff_tasks,
)
from billing_client.services.staff_tasks import TaskKind
from billing_client.store import clock
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_names
from billing_client.store.tables import recon_day, recon_finding, recon_row

FEN_A_YUAN = 100
END_OF_DAY = time(23, 59, 59)
BOOKKEEPER = "recon"  # in the ledger: journals that are no customer's
# Faults by which money is there and not where it belongs: the settlement takes it in.
SETTLED = frozenset({Fault.DROPPED, Fault.UNKNOWN, Fault.AMOUNT, Fault.OTHER_TRANSACTION})


class GivesBills(Protocol):
    """What is asked of a ``PaymentProvider`` here."""

    @property
    def name(self) -> str: ...
    async def trade_bill(self, day: date) -> tuple[BillRow, ...]: ...


@dataclass(frozen=True)
class DayReport:
    """``findings`` are the differences that stay; ``late`` those that were put right."""

    provider: str
    day: date
    rows: int
    payments_fen: int
    refunds_fen: int
    fee_fen: int
    findings: tuple[Finding, ...]
    late: tuple[Finding, ...]

    @property
    def payout_fen(self) -> int:
        return self.payments_fen - self.refunds_fen - self.fee_fen


async def reconcile(engine: AsyncEngine, provider: GivesBills, day: date) -> DayReport:
    """Fetch, compare, settle what was dropped, compare again, book fee and payout.

    Raises what ``trade_bill`` raises: a bill that is not made yet is asked for later.
    """
    rows = await provider.trade_bill(day)
    async with engine.begin() as connection:
        await lock_names(connection, f"recon:{provider.name}")
        await _keep(connection, provider.name, day, rows)
        first = await _compare(connection, provider.name, day)
    for finding in first:
        if finding.fault in SETTLED:
            await _settle(engine, provider.name, _row_of(rows, finding))
    async with engine.begin() as connection:
        await lock_names(connection, f"recon:{provider.name}")
        left = await _compare(connection, provider.name, day)
        dropped = [it for it in first if it.fault is Fault.DROPPED and it not in left]
        report = _report(provider.name, day, rows, left, dropped)
        await _write_down(connection, report)
    return report


async def _keep(
    connection: AsyncConnection, provider: str, day: date, rows: Sequence[BillRow]
) -> None:
    await connection.execute(
        delete(recon_row).where(recon_row.c.provider == provider, recon_row.c.day == day)
    )
    if rows:
        await connection.execute(
            insert(recon_row),
            [
                {
                    "provider": provider,
                    "day": day,
                    "line": line,
                    "kind": row.kind,
                    "number": _number(row),
                    "order_no": row.order_no,
                    "ref": _ref(row),
                    "amount_fen": row.amount_fen,
                    "fee_yuan": row.fee_yuan,
                    "at": row.at,
                }
                for line, row in enumerate(rows, start=1)
            ],
        )


def _number(row: BillRow) -> str:
    return row.order_no if row.kind is RowKind.PAYMENT else row.refund_no or row.order_no


def _ref(row: BillRow) -> str:
    if row.kind is RowKind.PAYMENT:
        return row.provider_txn
    return row.provider_refund or f"{row.provider_txn}:{row.refund_no}"


def _row_of(rows: Sequence[BillRow], finding: Finding) -> BillRow:
    return next(
        row
        for row in rows
        if Key(row.kind, _number(row)) == finding.key and _ref(row) == finding.ref
    )


async def _compare(connection: AsyncConnection, provider: str, day: date) -> tuple[Finding, ...]:
    theirs = await reconciliation_books.theirs(connection, provider, day)
    ours = await reconciliation_books.ours(connection, provider, day)
    booked = await reconciliation_books.booked(connection, provider, day, ours.values())
    neighbours = await reconciliation_books.neighbours(connection, provider, day)
    next_day_known = await reconciliation_books.known(connection, provider, day + timedelta(days=1))
    return compare(theirs, ours, booked, neighbours, next_day_known=next_day_known)


async def _settle(engine: AsyncEngine, provider: str, row: BillRow) -> None:
    """As if its notice had come now: settled, or kept in suspense, or known already."""
    async with engine.begin() as connection:
        if row.kind is RowKind.REFUND:
            told = RefundResult(
                str(row.refund_no), row.order_no, RefundState.DONE, row.amount_fen,
                row.provider_refund,
            )  # fmt: skip
            await refund_results.take_in(connection, provider, told, row.at)
            return
        paid = Transaction(
            row.order_no, TransactionState.PAID, row.amount_fen, provider_txn=row.provider_txn
        )
        await settlement.settle(connection, provider, paid, row.at)


def _report(
    provider: str,
    day: date,
    rows: Sequence[BillRow],
    left: Sequence[Finding],
    late: Sequence[Finding],
) -> DayReport:
    fees = sum((row.fee_yuan for row in rows), Decimal(0))
    return DayReport(
        provider=provider,
        day=day,
        rows=len(rows),
        payments_fen=sum(row.amount_fen for row in rows if row.kind is RowKind.PAYMENT),
        refunds_fen=sum(row.amount_fen for row in rows if row.kind is RowKind.REFUND),
        fee_fen=round_half_up(fees * FEN_A_YUAN),  # once a day: single fees have five decimals
        findings=tuple(left),
        late=tuple(late),
    )


async def _write_down(connection: AsyncConnection, report: DayReport) -> None:
    now = await clock.now(connection)
    mine = (recon_finding.c.provider == report.provider, recon_finding.c.day == report.day)
    # What was put right at an earlier run stays in the report.
    await connection.execute(
        delete(recon_finding).where(*mine, recon_finding.c.settled_late.is_(False))
    )
    for finding in report.findings:
        await _keep_finding(connection, report, finding, late=False)
    for finding in report.late:
        await _keep_finding(connection, report, finding, late=True)
    await _book(connection, report)
    values: dict[str, Any] = {
        "rows": report.rows,
        "payments_fen": report.payments_fen,
        "refunds_fen": report.refunds_fen,
        "fee_fen": report.fee_fen,
        "payout_fen": report.payout_fen,
        "done_at": now,
    }
    statement = upsert(recon_day).values(provider=report.provider, day=report.day, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["provider", "day"], set_=values)
    )


async def _keep_finding(
    connection: AsyncConnection, report: DayReport, finding: Finding, *, late: bool
) -> None:
    facts = {
        "fault": finding.fault,
        "kind": finding.key.kind,
        "number": finding.key.number,
        "ref": finding.ref or "",
        "theirs_fen": finding.theirs_fen,
        "ours_fen": finding.ours_fen,
        "booked_fen": finding.booked_fen,
    }
    statement = upsert(recon_finding).values(
        provider=report.provider, day=report.day, settled_late=late, **facts
    )
    await connection.execute(statement.on_conflict_do_nothing())
    if not late:
        await staff_tasks.open_task(
            connection,
            TaskKind.RECONCILIATION,
            task_ref(report.provider, report.day, finding),
            facts | {"provider": report.provider, "day": report.day.isoformat()},
        )


def task_ref(provider: str, day: date, finding: Finding) -> str:
    parts = (finding.fault, finding.key.kind, finding.key.number, finding.ref or "")
    return ":".join((provider, day.isoformat(), *parts))


async def _book(connection: AsyncConnection, report: DayReport) -> None:
    """Fee and payout of the day, to the fen; when a bill is made anew, the difference."""
    at = datetime.combine(report.day, END_OF_DAY, SHANGHAI)
    before = select(
        func.coalesce(func.sum(recon_day.c.fee_fen), 0),
        func.coalesce(func.sum(recon_day.c.payout_fen), 0),
        func.max(recon_day.c.done_at),
    ).where(recon_day.c.provider == report.provider, recon_day.c.day == report.day)
    fee_before, payout_before, done_at = (await connection.execute(before)).one()
    ref = f"{report.provider}:{report.day}"
    if done_at is not None:
        ref = f"{ref}:after {done_at.isoformat()}"
    lines = [
        ("fee", fee_postings(report.provider, report.fee_fen - int(fee_before))),
        ("payout", payout_postings(report.provider, report.payout_fen - int(payout_before))),
    ]
    for kind, postings in lines:
        if postings:
            await ledger.post(connection, kind, ref, BOOKKEEPER, postings, at)
