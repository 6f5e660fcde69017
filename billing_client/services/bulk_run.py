"""The bill run of a whole city: chunks of accounts, several sessions side by side.

A chunk is claimed with SKIP LOCKED and committed with its bills, so that a killed run goes on
where it stopped and two runs at once share the work. No account is billed twice for a period:
a unique key of ``bill`` refuses it. Accounts that are not plain are billed one by one after it
(``billing_run.issue_bill``), with the same prices (``domain/price_card.py``).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import psycopg
from psycopg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.tariff import Tariff
from billing_client.services import tariffs
from billing_client.services.allocation import CREDIT, allocate
from billing_client.services.billing_run import issue_bill
from billing_client.services.bulk_cards import Cards
from billing_client.services.bulk_chunk import Chunk, bill_chunk, prepare
from billing_client.services.measuring import EstimateTooHigh, NoReading, ReadingTooLow
from billing_client.services.shared_meters import NotAllRead
from billing_client.store import clock
from billing_client.store.engine import create_engine

ACCOUNTS_A_CHUNK = 5_000
SESSIONS = 2  # one for each core of a small server
Progress = Callable[[int, int], None]
"""(chunks done, chunks in all)"""

_PLAN = """
INSERT INTO billing.bill_run_chunk (period, chunk, first_account, last_account)
SELECT %(period)s, (place - 1) / %(size)s, min(account_no), max(account_no)
  FROM (SELECT account_no, row_number() OVER (ORDER BY account_no) AS place
          FROM billing.account WHERE supply_state <> 'closed') AS numbered
 GROUP BY 2 ON CONFLICT DO NOTHING
"""
_CLAIM = """
SELECT period, chunk, first_account, last_account FROM billing.bill_run_chunk
 WHERE period = %s AND done_at IS NULL ORDER BY chunk LIMIT 1 FOR UPDATE SKIP LOCKED
"""
# Who was an exception yesterday may have a reading today: finished runs are looked at again.
_AGAIN = """
UPDATE billing.bill_run_chunk AS c SET done_at = NULL
 WHERE period = %s AND EXISTS (
       SELECT FROM billing.bill_run_exception AS e
        WHERE e.period = c.period AND e.account_no BETWEEN c.first_account AND c.last_account)
   AND NOT EXISTS (SELECT FROM billing.bill_run_chunk AS open
                    WHERE open.period = c.period AND open.done_at IS NULL)
"""
_UNSETTLED = """
SELECT DISTINCT p.account_no FROM billing.prepaid_balance AS p JOIN billing.bill AS b
    ON b.account_no = p.account_no AND b.paid_fen < b.total_fen + b.late_fee_fen
 WHERE p.balance_fen > 0 ORDER BY 1
"""


@dataclass
class Summary:
    """What the run came to. ``exceptions``: accounts of each reason that got no bill."""

    period: str
    bills: int = 0
    total_fen: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)


def run(
    database_url: str,
    period: str,
    *,
    notify: bool = False,
    chunk_size: int = ACCOUNTS_A_CHUNK,
    progress: Progress = lambda done, of: None,
) -> Summary:
    """Bill everybody for ``period`` who has no bill for it yet. Safe to repeat and to kill."""
    versions, today = asyncio.run(_begin(database_url))
    with psycopg.connect(database_url) as connection:
        connection.execute(_AGAIN, [period])
        connection.execute(_PLAN, {"period": period, "size": chunk_size})
    with ThreadPoolExecutor(SESSIONS) as sessions:
        work = [
            sessions.submit(_session, database_url, versions, period, today, notify, progress)
            for _ in range(SESSIONS)
        ]
        for session in work:
            session.result()
    asyncio.run(_one_by_one(database_url, period, notify))
    return summary(database_url, period)


def summary(database_url: str, period: str) -> Summary:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*), coalesce(sum(total_fen), 0)::bigint FROM billing.bill"
            " WHERE period = %s AND kind = 'regular'",
            [period],
        ).fetchone()
        reasons = connection.execute(
            "SELECT reason, count(*) FROM billing.bill_run_exception WHERE period = %s"
            " GROUP BY reason ORDER BY reason",
            [period],
        ).fetchall()
    assert row is not None
    return Summary(period, row[0], row[1], dict(reasons))


async def _begin(database_url: str) -> tuple[tuple[Tariff, ...], date]:
    engine = create_engine(database_url)
    async with engine.connect() as connection:
        found = await tariffs.versions(connection), (await clock.now(connection)).date()
    await engine.dispose()
    return found


def _session(
    database_url: str,
    versions: tuple[Tariff, ...],
    period: str,
    today: date,
    notify: bool,
    progress: Progress,
) -> None:
    with psycopg.connect(database_url) as connection:
        prepare(connection)
        cards = Cards(connection, versions, period)
        while (chunk := _claim(connection, period)) is not None:
            # Whoever is billed now is no exception any more.
            connection.execute(
                "DELETE FROM billing.bill_run_exception"
                " WHERE period = %s AND account_no BETWEEN %s AND %s",
                [period, chunk.first, chunk.last],
            )
            bill_chunk(connection, cards, chunk, today=today, notify=notify)
            connection.commit()
            progress(*_done(connection, period))


def _claim(connection: Connection, period: str) -> Chunk | None:
    row = connection.execute(_CLAIM, [period]).fetchone()
    return None if row is None else Chunk(*row)


def _done(connection: Connection, period: str) -> tuple[int, int]:
    row = connection.execute(
        "SELECT count(done_at), count(*) FROM billing.bill_run_chunk WHERE period = %s", [period]
    ).fetchone()
    assert row is not None
    return row


async def _one_by_one(database_url: str, period: str, notify: bool) -> None:
    """Accounts that are not plain, then prepaid money beside bills that are still open."""
    engine = create_engine(database_url)
    try:
        for account_no in await _column(
            engine,
            # A main meter after those behind it: it has what their bills leave.
            "SELECT account_no FROM billing.bill_run_exception AS e"
            " WHERE period = %s AND reason = 'single' ORDER BY EXISTS (SELECT"
            " FROM billing.account AS a WHERE a.main_account_no = e.account_no), account_no",
            period,
        ):
            await _single(engine, account_no, period, notify)
        for account_no in await _column(engine, _UNSETTLED):
            async with engine.begin() as connection:
                at = await clock.now(connection)
                await allocate(connection, account_no, CREDIT, (), at)
    finally:
        await engine.dispose()


async def _single(engine: AsyncEngine, account_no: str, period: str, notify: bool) -> None:
    reason = None
    try:
        async with engine.begin() as connection:
            await issue_bill(connection, account_no, period, notify=notify)
    except NotAllRead:
        reason = "shared_meter"
    except EstimateTooHigh:
        reason = "estimate_too_high"
    except ReadingTooLow:
        reason = "negative_use"
    except NoReading:
        reason = "no_reading"
    except (LookupError, ValueError):
        reason = "no_tariff_class"
    async with engine.begin() as connection:
        statement = (
            "DELETE FROM billing.bill_run_exception WHERE account_no = %s AND period = %s"
            if reason is None
            else "UPDATE billing.bill_run_exception SET reason = %s"
            " WHERE account_no = %s AND period = %s"
        )
        parameters = (account_no, period) if reason is None else (reason, account_no, period)
        await connection.exec_driver_sql(statement, parameters)


async def _column(engine: AsyncEngine, statement: str, *parameters: str) -> list[str]:
    async with engine.connect() as connection:
        found = await connection.exec_driver_sql(statement, parameters or None)
        return [row[0] for row in found]
