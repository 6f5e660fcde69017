"""Importing a file of readings: all of it in one transaction, or nothing.

A file with a faulty row is not imported at all, unless faulty rows may be left out. A row
that is well written but cannot be right (lower than the last, absurdly high) is kept as
refused, and an order to read again is opened. The same file a second time changes nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import psycopg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import readings, service_orders
from billing_client.services.reading_file import Fault, FileRow, rows
from billing_client.services.reading_staging import Judged, faults, judged, stage
from billing_client.services.service_orders import NewOrder
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_names
from billing_client.store.tables import account, reading_import
from billing_client.views import Caller

REREAD = "reread"
REFUSED_KEPT = 10_000  # listed one by one; a file with more is the wrong file

Progress = Callable[[int], None]

RESULTS = """
CREATE TEMPORARY TABLE result (
    account_no text, meter_no text, read_on date, shown_l bigint, source text,
    outcome text, reasons jsonb, index_l bigint) ON COMMIT DROP"""
COPY_RESULTS = (
    "COPY result (account_no, meter_no, read_on, shown_l, source, outcome, reasons, index_l)"
    " FROM STDIN"
)
ENTER = """
INSERT INTO billing.reading (account_no, meter_no, read_on, reading_l, source)
SELECT account_no, meter_no, read_on, index_l, source FROM result WHERE outcome = 'accepted'
ON CONFLICT (account_no, meter_no, read_on)
DO UPDATE SET reading_l = excluded.reading_l, source = excluded.source
 WHERE array_position(ARRAY['estimate', 'customer', 'remote', 'manual'], reading.source)
    <= array_position(ARRAY['estimate', 'customer', 'remote', 'manual'], excluded.source)"""
KEEP = """
INSERT INTO billing.submitted_reading
    (account_no, meter_no, read_on, shown_l, source, submitted_by, submitted_at, verdict, reasons)
SELECT account_no, meter_no, read_on, shown_l, source, %s, %s, outcome, reasons FROM result
ON CONFLICT (account_no, meter_no, read_on, source, shown_l)
DO UPDATE SET verdict = excluded.verdict, reasons = excluded.reasons"""


class ImportRefused(ValueError):
    """The file has faulty rows, so nothing was imported."""

    def __init__(self, report: "Report") -> None:
        super().__init__("faulty rows")
        self.report = report


@dataclass
class Report:
    """What a file holds. ``refused`` are rows that cannot be right, with their verdicts."""

    faults: list[Fault] = field(default_factory=list)
    refused: list[Judged] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    tickets: dict[int, str] = field(default_factory=dict)  # line: order to read again
    imported_at: datetime | None = None  # it had been imported before, nothing was changed


async def import_file(
    connection: AsyncConnection,
    path: Path,
    *,
    by: str,
    now: datetime,
    leave_out_faulty: bool = False,
    progress: Progress = lambda _: None,
) -> Report:
    """Import within the caller's transaction. Raises BadFile, ImportRefused."""
    await lock_names(connection, "reading import")  # one file at a time
    digest = await _digest(path)
    if before := await _imported(connection, digest):
        return Report(counts=Counter(before.counts), imported_at=before.imported_at)
    report = await _judge(connection, path, now, progress)
    if report.faults and not leave_out_faulty:
        raise ImportRefused(report)
    driver = await _driver(connection)
    await driver.execute(ENTER)
    await driver.execute(KEEP, [by, now])
    await _send_somebody(connection, report, by, now)
    await connection.execute(
        reading_import.insert().values(
            file_sha256=digest,
            file_name=path.name,
            counts=dict(report.counts),
            imported_by=by,
            imported_at=now,
        )
    )
    return report


async def check_file(
    connection: AsyncConnection, path: Path, *, now: datetime, progress: Progress = lambda _: None
) -> Report:
    """What ``import_file`` would find; writes nothing that lasts. Raises BadFile."""
    return await _judge(connection, path, now, progress)


async def _judge(
    connection: AsyncConnection, path: Path, now: datetime, progress: Progress
) -> Report:
    """Stage the file and put the verdicts into the table ``result``."""
    report, driver = Report(), await _driver(connection)
    await driver.execute("SET LOCAL statement_timeout = 0")  # a whole city takes its time
    await stage(driver, _readable(path, report))
    found = await faults(driver)
    report.faults = sorted([*report.faults, *found], key=lambda fault: fault.line)
    if found:
        await driver.execute("DELETE FROM staged WHERE line = ANY(%s)", [[f.line for f in found]])
    await driver.execute(RESULTS)
    today: date = now.astimezone(SHANGHAI).date()
    rule = await readings.rule(connection)
    writing = driver.cursor()
    async for chunk in judged(driver, today, rule):
        async with writing.copy(COPY_RESULTS) as copy:
            for row in chunk:
                await copy.write_row(_result(row))
        _count(report, chunk)
        progress(len(chunk))
    return report


def _readable(path: Path, report: Report) -> Iterator[FileRow]:
    for row in rows(path):
        if isinstance(row, Fault):
            report.faults.append(row)
        else:
            yield row


def _result(row: Judged) -> tuple[Any, ...]:
    return (
        *(row.account_no, row.meter_no, row.read_on, row.shown_l, row.source.value),
        *(row.outcome, json.dumps([str(one) for one in row.verdict.reasons])),
        row.verdict.index_l,
    )


def _count(report: Report, chunk: list[Judged]) -> None:
    for row in chunk:
        report.counts[row.outcome] += 1
        if row.outcome == "refused":
            if len(report.refused) < REFUSED_KEPT:
                report.refused.append(row)
        else:
            report.remarks.update(str(reason) for reason in row.verdict.reasons)


async def _send_somebody(
    connection: AsyncConnection, report: Report, by: str, now: datetime
) -> None:
    """An order to read again for each meter that was refused, on its account's address."""
    wanted = {row.account_no for row in report.refused}
    query = select(account.c.account_no, account.c.address).where(account.c.account_no.in_(wanted))
    addresses = {row.account_no: row.address for row in await connection.execute(query)}
    reader = Caller("staff", by)
    for row in report.refused:
        details = {
            "meter_no": row.meter_no,
            "shown_l": row.shown_l,
            "read_on": row.read_on.isoformat(),
            "reason": str(row.verdict.refusal),
        }
        order = NewOrder(
            kind=REREAD,
            place=f"{addresses[row.account_no]} {row.meter_no}",
            severity="minor",
            account_no=row.account_no,
            details=details,
        )
        opened = await service_orders.open_order(connection, reader, order, now)
        report.tickets[row.line] = opened.ticket_no
    driver = await _driver(connection)
    await driver.cursor().executemany(
        "UPDATE billing.submitted_reading SET ticket_no = %s WHERE account_no = %s"
        " AND meter_no = %s AND read_on = %s AND source = %s AND shown_l = %s",
        [
            (
                *(report.tickets[row.line], row.account_no, row.meter_no, row.read_on),
                *(row.source.value, row.shown_l),
            )
            for row in report.refused
        ],
    )


async def _imported(connection: AsyncConnection, digest: str) -> Any:
    query = select(reading_import).where(reading_import.c.file_sha256 == digest)
    return (await connection.execute(query)).first()


async def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _driver(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The connection of psycopg under SQLAlchemy's, in the same transaction: for COPY."""
    raw = await connection.get_raw_connection()
    return cast(psycopg.AsyncConnection[Any], raw.driver_connection)
