"""A file's readings in a temporary table: faults that only the database knows, and the judging.

Rows are judged meter by meter in the order of their days, each with the accepted ones
before it as its history, in chunks, so that a million readings need little memory.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import namedtuple_row

from billing_client.domain.reading import (
    PRECEDENCE,
    MeterFacts,
    PastReading,
    ReadingRule,
    Source,
    Verdict,
    judge,
)
from billing_client.services.reading_file import Fault, FileRow

CHUNK = 5_000

CREATE = """
CREATE TEMPORARY TABLE staged (
    line integer, account_no text, meter_no text, read_on date, shown_l bigint, source text,
    checked boolean) ON COMMIT DROP"""
COPY = "COPY staged (line, account_no, meter_no, read_on, shown_l, source, checked) FROM STDIN"

# Old numbers become today's; the only fitted meter of an account need not be named.
COMPLETE = (
    """UPDATE staged SET account_no = alias.account_no FROM billing.account_alias AS alias
        WHERE alias.old_no = staged.account_no""",
    """UPDATE staged SET meter_no = only_one.meter_no FROM
         (SELECT account_no, min(meter_no) AS meter_no FROM billing.meter
           WHERE removed_on IS NULL AND account_no IN
                 (SELECT account_no FROM staged WHERE meter_no IS NULL)
           GROUP BY account_no HAVING count(*) = 1) AS only_one
        WHERE staged.meter_no IS NULL AND staged.account_no = only_one.account_no""",
    "CREATE INDEX ON staged (account_no, meter_no, read_on)",
    "ANALYZE staged",
)

FAULTS = """
SELECT line, code, value, account_no FROM (
    SELECT line, CASE
        WHEN account.account_no IS NULL THEN 'unknown_account'
        WHEN staged.meter_no IS NULL THEN 'which_meter'
        WHEN meter.meter_no IS NULL THEN 'unknown_meter'
        WHEN supply_state = 'closed' THEN 'closed_account'
        WHEN count(*) OVER (PARTITION BY staged.account_no, staged.meter_no, read_on) > 1
            THEN 'twice_in_file'
        END AS code, coalesce(staged.meter_no, '') AS value, staged.account_no
    FROM staged LEFT JOIN billing.account USING (account_no)
         LEFT JOIN billing.meter
           ON meter.account_no = staged.account_no AND meter.meter_no = staged.meter_no
) AS looked_at WHERE code IS NOT NULL ORDER BY line"""

# 16 readings of history: more than a year of monthly ones.
JUDGED = """
SELECT staged.line, account_no, meter_no, staged.read_on, shown_l, staged.source, checked,
       installed_on, removed_on, initial_l, digits, q3_l_per_hour,
       greatest(
           (SELECT max(read_to) FROM billing.bill
             WHERE bill.account_no = staged.account_no AND bill.meter_no = staged.meter_no),
           (SELECT max(read_to) FROM billing.bill_stretch AS part
             WHERE part.account_no = staged.account_no AND part.meter_no = staged.meter_no)
       ) AS billed_on,
       days, litres, sources
  FROM staged JOIN billing.meter USING (account_no, meter_no)
  LEFT JOIN LATERAL (
      SELECT array_agg(read_on ORDER BY read_on) AS days,
             array_agg(reading_l ORDER BY read_on) AS litres,
             array_agg(source ORDER BY read_on) AS sources
        FROM (SELECT read_on, reading_l, source FROM billing.reading AS past
               WHERE past.account_no = staged.account_no AND past.meter_no = staged.meter_no
               ORDER BY read_on DESC LIMIT 16) AS newest
  ) AS history ON true
 ORDER BY account_no, meter_no, staged.read_on"""


@dataclass(frozen=True)
class Judged:
    """A row of the file with its verdict; ``outcome`` as in ``submitted_reading``."""

    line: int
    account_no: str
    meter_no: str
    read_on: date
    shown_l: int
    source: Source
    verdict: Verdict
    outcome: str


async def stage(connection: AsyncConnection[Any], rows: Iterable[FileRow]) -> None:
    """Put the readable rows into the temporary table and complete them."""
    await connection.execute(CREATE)
    async with connection.cursor().copy(COPY) as copy:
        for row in rows:
            await copy.write_row(
                (
                    *(row.line, row.account_no, row.meter_no, row.read_on, row.shown_l),
                    *(row.source.value, row.checked),
                )
            )
    for statement in COMPLETE:
        await connection.execute(statement)


async def faults(connection: AsyncConnection[Any]) -> list[Fault]:
    """Unknown accounts and meters, and readings that stand twice in the file."""
    cursor = await connection.execute(FAULTS)
    return [Fault(*row) for row in await cursor.fetchall()]


async def judged(
    connection: AsyncConnection[Any], today: date, rule: ReadingRule
) -> AsyncIterator[list[Judged]]:
    """The rows with their verdicts, in chunks of whole meters."""
    async with connection.cursor(name="judging", row_factory=namedtuple_row) as cursor:
        await cursor.execute(JUDGED)
        async for chunk in _whole_meters(cursor):
            yield list(_judge_meters(chunk, today, rule))


async def _whole_meters(cursor: AsyncCursor[Any]) -> AsyncIterator[list[Any]]:
    """Chunks that never end in the middle of a meter."""
    waiting: list[Any] = []
    while fetched := await cursor.fetchmany(CHUNK):
        waiting += fetched
        last = _meter_of(waiting[-1])
        cut = next(place for place, row in enumerate(waiting) if _meter_of(row) == last)
        if cut:
            yield waiting[:cut]
            waiting = waiting[cut:]
    if waiting:
        yield waiting


def _meter_of(row: Any) -> tuple[str, str]:
    return row.account_no, row.meter_no


def _judge_meters(rows: list[Any], today: date, rule: ReadingRule) -> Iterator[Judged]:
    for _, of_meter in groupby(rows, key=_meter_of):
        yield from _judge_meter(list(of_meter), today, rule)


def _judge_meter(rows: list[Any], today: date, rule: ReadingRule) -> Iterator[Judged]:
    first = rows[0]
    facts = MeterFacts(
        first.installed_on, first.removed_on, first.initial_l, first.digits,
        first.q3_l_per_hour, first.billed_on,
    )  # fmt: skip
    past = zip(first.days or (), first.litres or (), first.sources or (), strict=True)
    history = [PastReading(day, litres, Source(source)) for day, litres, source in past]
    for row in rows:
        source = Source(row.source)
        standing = next((one for one in history if one.read_on == row.read_on), None)
        others = [one for one in history if one.read_on != row.read_on]
        verdict = judge(
            row.shown_l, row.read_on, meter=facts, history=others, today=today, rule=rule,
            checked=row.checked,
        )  # fmt: skip
        outcome = _outcome(verdict, standing, source)
        if outcome == "accepted":
            assert verdict.index_l is not None
            history = sorted(
                [*others, PastReading(row.read_on, verdict.index_l, source)],
                key=lambda one: one.read_on,
            )
        yield Judged(
            *(row.line, row.account_no, row.meter_no, row.read_on, row.shown_l, source),
            *(verdict, outcome),
        )


def _outcome(verdict: Verdict, standing: PastReading | None, source: Source) -> str:
    if not verdict.accepted:
        return "refused"
    if standing and PRECEDENCE.index(standing.source) > PRECEDENCE.index(source):
        return "kept_other"
    return "accepted"
