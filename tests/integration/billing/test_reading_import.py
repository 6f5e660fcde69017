"""Imports of readings: all or nothing, also when killed, repeated or started twice at once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, text

from billing_client.services import reading_import
from billing_client.services.reading_import import ImportRefused, Report
from billing_client.store.engine import create_engine
from billing_client.store.tables import account_alias
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, Town

HEADING = "户号,表号,读数,抄表日期,来源"
CITY = 8_000  # two chunks


def round_of(folder: Path, *lines: str, name: str = "round.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((HEADING, *lines)), encoding="utf-8")
    return path


async def imported(town: Town, path: Path, **options: Any) -> Report:
    async with town.engine.begin() as connection:
        return await reading_import.import_file(
            connection, path, by="staff:周敏", now=NOON, **options
        )


async def count(town: Town, table: str) -> int:
    async with town.engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM billing.{table}")) or 0)


async def test_good_rows_enter_and_doubtful_ones_are_read_again(town: Town, tmp_path: Path) -> None:
    for month, m3 in ((9, 10), (10, 20)):
        await town.read_meter(date(2026, month, 30), m3)
    path = round_of(
        tmp_path,
        f"{ACCOUNT},,5,2026-11-24,",
        f"{NEIGHBOUR},,30,2026-11-23,",
        f"{NEIGHBOUR},,31,2026-11-24,远传",
    )
    report = await imported(town, path)
    assert (report.counts["accepted"], report.counts["refused"]) == (2, 1)
    (doubtful,) = report.refused
    assert (doubtful.line, doubtful.verdict.refusal) == (2, "lower")
    assert report.tickets[2].startswith("GD20261124")
    assert await count(town, "reading") == 4
    assert await count(town, "submitted_reading") == 3
    again = await imported(town, path)
    assert again.imported_at is not None
    assert again.counts == report.counts
    assert (await count(town, "reading"), await count(town, "service_order")) == (4, 1)


async def test_a_faulty_row_stops_all_of_it_and_is_named(town: Town, tmp_path: Path) -> None:
    async with town.engine.begin() as connection:
        await connection.execute(insert(account_alias).values(old_no="2468", account_no=ACCOUNT))
    path = round_of(
        tmp_path,
        "2468,,7,2026-11-20,",
        "9,,7,2026-11-24,",
        f"{ACCOUNT},X,7,2026-11-24,",
        f"{NEIGHBOUR},,7,2026-11-24,",
        f"{NEIGHBOUR},,8,2026-11-24,",
        f"{ACCOUNT},,seven,2026-11-24,",
    )
    expected = [
        (3, "unknown_account"), (4, "unknown_meter"), (5, "twice_in_file"),
        (6, "twice_in_file"), (7, "bad_reading"),
    ]  # fmt: skip
    with pytest.raises(ImportRefused) as refused:
        await imported(town, path)
    assert [(one.line, one.code) for one in refused.value.report.faults] == expected
    async with town.engine.begin() as connection:
        seen = await reading_import.check_file(connection, path, now=NOON)
    assert [(one.line, one.code) for one in seen.faults] == expected
    for table in ("reading", "submitted_reading", "reading_import", "service_order"):
        assert await count(town, table) == 0
    report = await imported(town, path, leave_out_faulty=True)
    assert report.counts == {"accepted": 1}
    assert await count(town, "reading") == 1


async def test_readings_of_one_file_are_each_others_history(town: Town, tmp_path: Path) -> None:
    days = [f"{ACCOUNT},,{m3},2026-11-{day},远传" for day, m3 in ((3, 12), (1, 10), (2, 9))]
    report = await imported(town, round_of(tmp_path, *days))
    assert report.counts == {"accepted": 2, "refused": 1}
    assert [row.line for row in report.refused] == [4]


async def test_two_at_once_import_once(town: Town, database_url: str, tmp_path: Path) -> None:
    path = round_of(tmp_path, f"{ACCOUNT},,5,2026-11-24,", f"{NEIGHBOUR},,6,2026-11-24,")

    async def run() -> bool:
        engine = create_engine(database_url)
        try:
            async with engine.begin() as connection:
                report = await reading_import.import_file(connection, path, by="x", now=NOON)
            return report.imported_at is None
        finally:
            await engine.dispose()

    first_times = await asyncio.gather(*(asyncio.to_thread(asyncio.run, run()) for _ in range(4)))
    assert sorted(first_times) == [False, False, False, True]
    assert (await count(town, "submitted_reading"), await count(town, "reading")) == (2, 2)


async def test_killed_in_the_middle_nothing_stays_and_it_can_be_repeated(
    town: Town, database_url: str, tmp_path: Path
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO billing.account (account_no, owner_name, phone, address, area,"
            " customer_class, opened_on) SELECT 'C' || n, '王', '13800000000', '路' || n, '区',"
            " 'RESIDENT', '2026-01-01' FROM generate_series(1, %s) AS n",
            [CITY],
        )
        connection.execute(
            "INSERT INTO billing.meter (account_no, meter_no, kind, installed_on)"
            " SELECT account_no, 'M' || account_no, 'smart', '2026-08-31'"
            " FROM billing.account WHERE account_no LIKE 'C%'"
        )
    lines = (f"C{number},MC{number},{number % 90},2026-11-24," for number in range(1, CITY + 1))
    path = round_of(tmp_path, *lines)
    command = [sys.executable, "-m", "bot.command_line", "billing", "import-readings", str(path)]
    environment = {**os.environ, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        await asyncio.to_thread(_wait_until_judging, database_url)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    for table in ("reading", "submitted_reading", "reading_import"):
        assert await count(town, table) == 0
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"可用 {CITY} 行" in done.stdout
    assert await count(town, "reading") == CITY


def _wait_until_judging(database_url: str) -> None:
    """Until the import holds its cursor: the file is staged, the verdicts are being written."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(400):
            row = connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND (query LIKE 'COPY result%' OR query LIKE 'FETCH FORWARD%')"
            ).fetchone()
            if row is not None:
                return
            time.sleep(0.02)
    raise AssertionError("the import never came so far")
