"""What a compared day came to: its differences with a task each, its fee and payout booked."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import fee_postings, payout_postings
from billing_client.domain.reconciliation import Finding
from billing_client.services import ledger, staff_tasks
from billing_client.services.staff_tasks import TaskKind
from billing_client.store import clock
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import recon_day, recon_finding

END_OF_DAY = time(23, 59, 59)
BOOKKEEPER = "recon"  # in the ledger: journals that are no customer's


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


async def write_down(connection: AsyncConnection, report: DayReport) -> None:
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
