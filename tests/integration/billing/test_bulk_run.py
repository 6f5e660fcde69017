"""The bill run of a city agrees with the way of one account, once each, also when killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from billing_client.services import bulk_run
from billing_client.services.billing_run import issue_bill
from billing_client.services.measuring import NoReading
from billing_client.services.tariffs import shipped
from billing_client.store.engine import create_engine
from billing_client.store.proof import first_difference

PERIODS = ("2026-08", "2026-09", "2026-10")
READ = {"2026-07": date(2026, 7, 31), "2026-08": date(2026, 8, 31), "2026-09": date(2026, 9, 30),
        "2026-10": date(2026, 10, 31)}  # fmt: skip
CLASSES = ("RESIDENT", "RESIDENT", "RESIDENT", "SHARED", "NON_RESIDENT", "SPECIAL", "UNKNOWN")


def tariffs_of_the_town() -> list[dict[str, Any]]:
    """天津's, and from 12 October prices by days with every special rule in it."""
    old, new = shipped("TJ-2016"), shipped("TJ-2016")
    new |= {"tariff_id": "TJ-NEW", "valid_from": "2026-10-12", "change_rule": "BY_DAYS"}
    new["part_year"] = "PRORATE_MONTHS"
    water = {"code": "WATER", "name": "水费"}
    new["classes"]["RESIDENT"] |= {
        "relief": {
            "name": "低保",
            "quota": {"m3_per_month": "3", "per": "PERSON",
                      "components": [water | {"prices": ["0.70"]}]},
        },
        "fixed": [{"code": "WASTE", "name": "垃圾处理费", "yuan_per_month": "3.00"}],
        "minimum_yuan_per_month": "40.00",
    }  # fmt: skip
    new["classes"]["NON_RESIDENT"]["components"][0]["except_areas"] = ["高区"]
    new["classes"]["NON_RESIDENT"]["components"].append(
        {"code": "WATER", "name": "水费(高区)", "prices": ["7.125"], "areas": ["高区"]}
    )
    return [old, new]


def settle_town(url: str, accounts: int, seed: int) -> None:
    random = Random(seed)
    with psycopg.connect(url) as db:
        for it in tariffs_of_the_town():
            db.execute(
                "INSERT INTO billing.tariff VALUES (%s, %s, %s, NULL, %s)",
                [it["tariff_id"], it["city"], it["valid_from"], Jsonb(it)],
            )
        for number in range(accounts):
            _settle(db, random, f"20000{number:05d}", number)


def _settle(db: psycopg.Connection, random: Random, account_no: str, number: int) -> None:
    opened = date(2020, 1, 1) + timedelta(days=random.choice((0, 900, 2300)))
    db.execute(
        "INSERT INTO billing.account (account_no, owner_name, phone, address, area,"
        " customer_class, persons, low_income, opened_on) VALUES (%s, '王', '138', '路', %s,"
        " %s, %s, %s, %s)",
        [account_no, random.choice(("高区", "低区")), random.choice(CLASSES),
         random.randint(1, 7), random.random() < 0.3, opened],
    )  # fmt: skip
    meter = "INSERT INTO billing.meter (account_no, meter_no, kind, installed_on, initial_l,"
    removed = (date(2026, 9, 15), 90_000) if number % 9 == 0 else (None, None)
    db.execute(
        (meter + " removed_on, final_l) VALUES (%s, %s, 'smart', %s, 0, %s, %s)").encode(),
        [account_no, f"M{account_no}", date(2026, 7, 31), *removed],
    )
    if number % 9 == 0:
        db.execute(
            (meter.rstrip(",") + ") VALUES (%s, %s, 'smart', '2026-09-15', 3000)").encode(),
            [account_no, f"N{account_no}"],
        )
    if random.random() < 0.2:
        db.execute(
            "INSERT INTO billing.water_plan VALUES (%s, '2026-01', '2026-12', 50000)", [account_no]
        )
    stand = 0
    for period in PERIODS:
        stand += random.choice((0, random.randint(1, 120_000), random.randint(1000, 30_000)))
        name, stood = f"M{account_no}", stand
        if number % 9 == 0:
            name, stood = ("M" if period == "2026-08" else "N") + account_no, stand
            stood = min(stood, 90_000) if period == "2026-08" else stand + 3000
        if random.random() < 0.9:
            db.execute(
                "INSERT INTO billing.reading VALUES (%s, %s, %s, %s, 'manual')",
                [account_no, name, READ[period] - timedelta(days=random.randint(0, 2)), stood],
            )
    if random.random() < 0.3:
        row = db.execute(
            "INSERT INTO billing.journal (kind, ref, account_no, at)"
            " VALUES ('pay', %s, %s, '2026-08-01') RETURNING journal_id",
            [f"counter:{account_no}", account_no],
        ).fetchone()
        assert row is not None
        fen = random.randint(100, 60_000)
        db.execute(
            "INSERT INTO billing.posting VALUES (%s, 1, 'bank:counter', %s, %s)",
            [row[0], f"credit:{account_no}", fen],
        )
        db.execute(
            "INSERT INTO billing.payment_order (account_no, order_no, idempotency_key,"
            " parameters_hash, provider, amount_fen, state, expires_at) VALUES"
            " (%s, %s, 'k', 'h', 'counter', %s, 'PAID', now())",
            [account_no, f"T{account_no}", fen],
        )


BILLS = """
SELECT b.account_no, b.period, b.meter_no, b.reading_from_l, b.reading_to_l, b.read_from,
       b.read_to, b.used_l, b.prior_l, b.persons, b.tariff_id, b.customer_class, b.special,
       b.estimated, b.total_fen, b.paid_fen, b.issued_on, b.due_on,
       (SELECT jsonb_agg(jsonb_build_array(line, part, component, component_name, tier, volume_l,
                                           unit, price_e4, amount_e5) ORDER BY line)
          FROM billing.bill_line AS l WHERE l.account_no = b.account_no AND l.bill_id = b.bill_id),
       (SELECT jsonb_agg(jsonb_build_array(component, component_name, amount_fen)
                         ORDER BY component)
          FROM billing.bill_item AS i WHERE i.account_no = b.account_no AND i.bill_id = b.bill_id),
       (SELECT jsonb_agg(jsonb_build_array(debit, credit, amount_fen) ORDER BY debit, credit)
          FROM billing.journal AS j JOIN billing.posting USING (journal_id)
         WHERE j.kind = 'bill' AND j.ref = b.bill_id::text)
  FROM billing.bill AS b ORDER BY b.account_no, b.period"""


def bills(url: str) -> dict[tuple[str, str], Any]:
    with psycopg.connect(url) as db:
        rows = db.execute(BILLS.encode()).fetchall()
    return {(row[0], row[1]): json.loads(json.dumps(row[2:], default=str)) for row in rows}


async def one_by_one(url: str, accounts: int) -> None:
    engine = create_engine(url)
    for period in PERIODS:
        for number in range(accounts):
            try:
                async with engine.begin() as connection:
                    await issue_bill(connection, f"20000{number:05d}", period)
            except (NoReading, ValueError):
                continue
    await engine.dispose()


async def prove(url: str) -> None:
    engine = create_engine(url)
    async with engine.connect() as connection:
        assert await first_difference(connection) is None
    await engine.dispose()


@pytest.fixture
def twin_url(postgres_server: Any, template_database: str) -> Any:
    name = "twin"
    with psycopg.connect(postgres_server.url, autocommit=True) as db:
        made = f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy"
        db.execute(made.encode())
    yield postgres_server.url_of(name)
    with psycopg.connect(postgres_server.url, autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_both_ways_agree_to_the_fen(database_url: str, twin_url: str, seed: int) -> None:
    accounts = 60
    for url in (database_url, twin_url):
        settle_town(url, accounts, seed)
    asyncio.run(one_by_one(twin_url, accounts))
    for period in PERIODS:
        bulk_run.run(database_url, period, chunk_size=25)
    expected, made = bills(twin_url), bills(database_url)
    assert made.keys() == expected.keys()
    for key, bill in expected.items():
        assert made[key] == bill, key
    assert len(made) > accounts
    asyncio.run(prove(database_url))


def test_the_summary_names_the_exceptions_and_a_second_run_adds_nothing(database_url: str) -> None:
    settle_town(database_url, 80, 5)
    first = bulk_run.run(database_url, "2026-08", chunk_size=30)
    assert first.exceptions.keys() == {"no_reading", "no_tariff_class"}
    with psycopg.connect(database_url) as db:
        row = db.execute("SELECT count(*) FROM billing.account").fetchone()
    assert row == (first.bills + sum(first.exceptions.values()),)
    assert bulk_run.run(database_url, "2026-08") == first
    asyncio.run(prove(database_url))


def test_two_runs_at_once_share_the_work(database_url: str) -> None:
    settle_town(database_url, 80, 6)
    command = [sys.executable, "-c", RUN, database_url, "10"]
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [run.wait(60) for run in both] == [0, 0]
    with psycopg.connect(database_url) as db:
        twice = db.execute(
            "SELECT account_no FROM billing.bill GROUP BY account_no, period HAVING count(*) > 1"
        ).fetchall()
    assert twice == []
    asyncio.run(prove(database_url))


RUN = """
import sys
from billing_client.services import bulk_run
bulk_run.run(sys.argv[1], "2026-08", chunk_size=int(sys.argv[2]))
"""


def test_a_killed_run_goes_on_where_it_was(database_url: str) -> None:
    settle_town(database_url, 400, 7)
    run = subprocess.Popen([sys.executable, "-c", RUN, database_url, "5"])
    deadline = time.monotonic() + 60
    done = 0
    while done < 3 and time.monotonic() < deadline:
        with psycopg.connect(database_url) as db:
            row = db.execute("SELECT count(done_at) FROM billing.bill_run_chunk").fetchone()
        done = row[0] if row else 0
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    with psycopg.connect(database_url) as db:
        row = db.execute("SELECT count(*) FROM billing.bill").fetchone()
        left = db.execute(
            "SELECT count(*) FROM billing.bill_run_chunk WHERE done_at IS NULL"
        ).fetchone()
    assert row is not None and left is not None
    assert row[0] > 0
    assert left[0] > 0, "the run was over before it could be killed"
    asyncio.run(prove(database_url))
    finished = bulk_run.run(database_url, "2026-08", chunk_size=5)
    assert finished.bills + sum(finished.exceptions.values()) == 400
    asyncio.run(prove(database_url))
