"""The billing core at city scale: import of readings, bill run, proof, on embedded PostgreSQL.

The bill run is measured beside a bare INSERT … SELECT of the same rows, and beside a customer
who asks for a bill all the while. ``make bench-billing ACCOUNTS=100000`` prints the figures
of a size in docs/benchmarks.md, ``ACCOUNTS="10000 100000"`` those of several.
"""

import argparse
import asyncio
import csv
import resource
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from billing_client.services import bills, bulk_run, reading_import
from billing_client.services.tariffs import shipped
from billing_client.store import clock
from billing_client.store.engine import create_engine
from billing_client.store.proof import first_difference
from bot.commands import database
from bot.embedded_database import EmbeddedDatabase

WARM, MEASURED = "2026-09", "2026-10"
WRITTEN = ("bill", "bill_line", "bill_item", "journal", "posting")
CITY = (
    """INSERT INTO billing.account (account_no, owner_name, phone, address, area, customer_class,
                                     persons, opened_on)
       SELECT (3000000000 + n)::text, '王明', '13800000000', '和平里1栋', '和平里',
              CASE WHEN n %% 10 < 9 THEN 'RESIDENT' ELSE 'NON_RESIDENT' END, 2 + n %% 5,
              '2020-01-01'
         FROM generate_series(1, %(accounts)s) AS n""",
    """INSERT INTO billing.meter (account_no, meter_no, kind, installed_on)
       SELECT account_no, 'M' || account_no, 'smart', '2026-08-31' FROM billing.account""",
    """INSERT INTO billing.reading
       SELECT account_no, 'M' || account_no, day, index * 1000 * (8 + account_no::bigint %% 20),
              'remote'
         FROM billing.account,
              (VALUES (date '2026-09-30', 10)) AS read (day, index)""",
)
READ_ON = "2026-10-31"


def measure(accounts: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="xiaoshui-bench-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedDatabase(Path(folder) / "postgres")
        server.prepare()
        process = server.start()
        try:
            server.wait_until_ready(process)
            return _measure(server.url, accounts)
        finally:
            server.stop(process)


def _measure(url: str, accounts: int) -> dict[str, float]:
    _found(url, accounts)
    bulk_run.run(url, WARM)
    import_seconds, import_mb = _import(url, accounts)
    asking = _Asking(url)
    asking.start()
    began = time.perf_counter()
    made = bulk_run.run(url, MEASURED)
    run_seconds = time.perf_counter() - began
    asking.end()
    assert made.bills == accounts, made
    bare_seconds = _bare(url)
    proof_began = time.perf_counter()
    asyncio.run(_prove(url))
    proof_seconds = time.perf_counter() - proof_began
    times = statistics.quantiles(asking.milliseconds, n=100)
    return {
        "accounts": accounts,
        "run accounts/s": accounts / run_seconds,
        "bare accounts/s": accounts / bare_seconds,
        "run/bare": bare_seconds / run_seconds,
        "query p50 ms": times[49],
        "query p99 ms": times[98],
        "import rows/s": accounts / import_seconds,
        "import MB": import_mb,
        "proof s": proof_seconds,
        "size MB": _size_mb(url),
        "bytes an account": _size_mb(url) * 1048576 / accounts,
        "process MB": _highest_mb(),
    }


def _found(url: str, accounts: int) -> None:
    database.upgrade(url)
    tariff = shipped("TJ-2016")
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO billing.tariff VALUES (%s, %s, %s, NULL, %s)",
            [tariff["tariff_id"], tariff["city"], date(2016, 3, 1), Jsonb(tariff)],
        )
        for statement in CITY:
            connection.execute(statement.encode(), {"accounts": accounts})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _import(url: str, accounts: int) -> tuple[float, float]:
    """Seconds to import a reading of each account from a CSV file; the highest memory so far."""
    with tempfile.TemporaryDirectory(prefix="xiaoshui-bench-") as folder:
        path = Path(folder) / "readings.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("户号", "表号", "读数", "抄表日期", "来源"))
            for number in range(3_000_000_001, 3_000_000_001 + accounts):
                shown = 11 * (8 + number % 20)
                writer.writerow((number, f"M{number}", shown, READ_ON, "远传"))
        began = time.perf_counter()
        report = asyncio.run(_import_file(url, path))
        seconds = time.perf_counter() - began
    assert report.counts["accepted"] == accounts, report.counts
    return seconds, _highest_mb()


async def _import_file(url: str, path: Path) -> reading_import.Report:
    engine = create_engine(url)
    now = datetime(2026, 11, 1, 9, tzinfo=clock.SHANGHAI)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            return await reading_import.import_file(connection, path, by="bench", now=now)
    finally:
        await engine.dispose()


def _highest_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class _Asking(threading.Thread):
    """A customer who asks for the latest bill again and again while the run goes on."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._over = threading.Event()
        self.milliseconds: list[float] = []

    def end(self) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        asyncio.run(self._ask())

    async def _ask(self) -> None:
        engine = create_engine(self._url)
        number = 0
        while not self._over.is_set() or len(self.milliseconds) < 2:
            number += 1
            began = time.perf_counter()
            async with engine.connect() as connection:
                account_no = f"{3000000001 + number * 7919 % 9000}"
                await bills.bills(connection, account_no, None, None, date(2026, 11, 20))
            self.milliseconds.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.01)
        await engine.dispose()


def _bare(url: str) -> float:
    """The same rows into tables with the same indexes and checks, by the same two sessions."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA bare")
        for table in WRITTEN:
            made = f"CREATE TABLE bare.{table} (LIKE billing.{table} INCLUDING ALL)"
            connection.execute(made.encode())
            if table in ("bill", "bill_line", "bill_item"):
                _copy(connection, table, f"period = '{WARM}'")
        connection.execute(
            "CREATE TABLE bare.mine AS SELECT row_number() OVER (ORDER BY bill_id) %% 2 AS half,"
            " b.account_no, bill_id, journal_id FROM billing.bill AS b"
            " JOIN billing.journal AS j ON j.kind = 'bill' AND j.ref = bill_id::text"
            " WHERE period = %s",
            [MEASURED],
        )
        connection.execute("ANALYZE bare.mine")
    began = time.perf_counter()
    with ThreadPoolExecutor(bulk_run.SESSIONS) as sessions:
        list(sessions.map(_bare_half, [url] * bulk_run.SESSIONS, range(bulk_run.SESSIONS)))
    return time.perf_counter() - began


def _copy(connection: psycopg.Connection, table: str, which: str) -> None:
    rows = (
        f"SELECT t.* FROM billing.{table} AS t JOIN billing.bill AS b USING (account_no, bill_id)"
    )
    connection.execute(f"INSERT INTO bare.{table} {rows} WHERE b.{which}".encode())


def _bare_half(url: str, half: int) -> None:
    with psycopg.connect(url) as connection:
        for table in WRITTEN:
            key = "journal_id" if table in ("journal", "posting") else "bill_id"
            connection.execute(
                f"INSERT INTO bare.{table} SELECT t.* FROM billing.{table} AS t"
                f" JOIN bare.mine USING ({key}) WHERE half = %s".encode(),
                [half],
            )


async def _prove(url: str) -> None:
    engine = create_engine(url)
    async with engine.connect() as connection:
        await connection.exec_driver_sql("SET statement_timeout = 0")
        assert await first_difference(connection) is None
    await engine.dispose()


def _size_mb(url: str) -> float:
    """What billing's own tables and indexes take."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) / 1048576.0 FROM pg_class AS c"
            " WHERE relkind = 'r' AND relnamespace = 'billing'::regnamespace"
        ).fetchone()
    return float(row[0]) if row else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[10_000])
    for accounts in parser.parse_args().accounts:
        for name, value in measure(accounts).items():
            print(f"{name:>16}: {value:,.2f}", flush=True)


if __name__ == "__main__":
    main()
