"""The city as a whole: the same for a seed and day, and books that balance."""

import hashlib
from datetime import date

import psycopg
import pytest
from psycopg import sql

from billing_client.demo import city
from billing_client.store.engine import create_engine
from billing_client.store.proof import first_difference

TODAY = date(2026, 11, 24)
ACCOUNTS = 60
FIGURES = (
    *("account", "meter", "reading", "daily_usage", "bill", "bill_line", "bill_item", "journal"),
    *("posting", "allocation", "payment_order", "payment_order_bill", "autopay_contract"),
    *("instalment_plan", "service_order", "binding", "tariff", "staff_duty"),
)
CATALOGUE = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE connamespace = 'billing'::regnamespace
    UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'billing'
    UNION ALL SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"""


def figures(database_url: str) -> str:
    """A hash over every row of every figure."""
    digest = hashlib.sha256()
    with psycopg.connect(database_url) as connection:
        for table in FIGURES:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier("billing", table))
            rows = connection.execute(query).fetchall()
            digest.update("\n".join(sorted(row[0] for row in rows)).encode())
    return digest.hexdigest()


def catalogue(database_url: str) -> set[tuple[str, str]]:
    with psycopg.connect(database_url) as connection:
        return set(connection.execute(CATALOGUE).fetchall())


def test_same_seed_and_day_give_the_same_figures(database_url: str) -> None:
    assert city.fill(database_url, 7, TODAY, accounts=ACCOUNTS)
    first = figures(database_url)
    city.reset(database_url, 7, TODAY, accounts=ACCOUNTS)
    assert figures(database_url) == first
    city.reset(database_url, 8, TODAY, accounts=ACCOUNTS)
    assert figures(database_url) != first


def test_a_city_that_stands_is_left_alone(database_url: str) -> None:
    assert city.fill(database_url, 7, TODAY, accounts=ACCOUNTS)
    first = figures(database_url)
    assert not city.fill(database_url, 8, TODAY, accounts=ACCOUNTS)
    assert figures(database_url) == first


def test_filling_leaves_keys_and_guards_as_they_were(database_url: str) -> None:
    before = catalogue(database_url)
    city.fill(database_url, 7, TODAY, accounts=ACCOUNTS)
    assert catalogue(database_url) == before
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.Error, match="append-only"),
    ):
        connection.execute("DELETE FROM billing.posting")


@pytest.mark.parametrize("today", [TODAY, date(2026, 11, 5), date(2027, 3, 3)])
async def test_books_balance(database_url: str, today: date) -> None:
    city.fill(database_url, 7, today, accounts=ACCOUNTS)
    engine = create_engine(database_url)
    async with engine.connect() as connection:
        assert await first_difference(connection) is None
    await engine.dispose()


def test_nothing_was_paid_after_today(database_url: str) -> None:
    city.fill(database_url, 7, TODAY, accounts=ACCOUNTS)
    with psycopg.connect(database_url) as connection:
        late = connection.execute(
            "SELECT count(*) FROM billing.payment_order WHERE paid_at >= '2026-11-25 00:00+08'"
        ).fetchone()
        arrears = connection.execute(
            "SELECT count(DISTINCT account_no) FROM billing.bill WHERE paid_fen < total_fen"
        ).fetchone()
    assert late == (0,)
    assert arrears is not None
    assert arrears[0] > 10
