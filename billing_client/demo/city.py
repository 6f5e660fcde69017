"""The demo city: two thousand accounts with two years of bills, the same for a seed and day.

Everything is made up from the seed and the day; only the named customers of ``people``
are placed by hand. The books balance by ``store.proof``.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import psycopg
from psycopg import Connection

from billing_client.demo import emptying, events
from billing_client.demo.books import BANK, COUNTER, BilledMonth, Books, Holder, Paid
from billing_client.demo.bulk_load import without_keys
from billing_client.demo.calendar import SHANGHAI, at, billed_months
from billing_client.demo.identifiers import continue_after, from_one
from billing_client.demo.making import settle
from billing_client.demo.people import PEOPLE
from billing_client.demo.rows import Rows
from billing_client.demo.surroundings import load_surroundings
from billing_client.demo.townsfolk import home
from billing_client.demo.water_use import BASE_M3, DAY_COLUMNS, days_of_use, month_m3
from billing_client.domain.tariff import Tariff
from billing_client.pay import simulators

SEED = 20261124
ACCOUNTS = 2_000
FIRST_ACCOUNT = 1_000_000_001
SMART_METER_EVERY = 5  # 400 in all
ACCOUNTS_A_COPY = 200  # so many are held in memory before they are written
CLASS_SHARES = {
    "RESIDENT": 88,
    "SHARED": 3,
    "INSTITUTION": 2,
    "NON_RESIDENT": 6,
    "SPECIAL": 1,
}
PERSON_SHARES = {1: 8, 2: 24, 3: 38, 4: 20, 5: 7, 6: 3}


def fill(
    database_url: str, seed: int = SEED, today: date | None = None, *, accounts: int = ACCOUNTS
) -> bool:
    """Build the city of ``today`` (Asia/Shanghai) in an empty database; False when it stands.

    One transaction: the city is there in full or not at all, whoever else fills at once.
    """
    simulators.apply(database_url)
    with psycopg.connect(database_url) as connection:
        emptying.one_at_a_time(connection)
        if connection.execute("SELECT 1 FROM billing.account LIMIT 1").fetchone():
            return False
        _build(connection, seed, today, accounts)
    return True


def reset(
    database_url: str, seed: int = SEED, today: date | None = None, *, accounts: int = ACCOUNTS
) -> None:
    """Throw away all accounts and build the city anew; the clock runs on real time again."""
    simulators.apply(database_url)
    with psycopg.connect(database_url) as connection:
        emptying.one_at_a_time(connection)
        _build(connection, seed, today, accounts)


def _build(connection: Connection, seed: int, today: date | None, accounts: int) -> None:
    emptying.empty(connection)
    day = today or datetime.now(SHANGHAI).date()
    tariff = load_surroundings(connection, seed)
    with without_keys(connection):
        _write_town(connection, _Town(Random(seed), tariff, day), accounts)  # noqa: S311
    continue_after(connection)
    for name, person in PEOPLE.items():
        settle(connection, replace(person.situation, name=name), at(day, 12), tariff)
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE")


def _write_town(connection: Connection, town: "_Town", accounts: int) -> None:
    """Make up the next accounts while the database takes in the last ones."""
    with ThreadPoolExecutor(max_workers=1) as writer:
        writing: Future[None] | None = None
        for lines in town.build(accounts):
            if writing is not None:
                writing.result()
            writing = writer.submit(town.rows.write_lines, connection, lines, freeze=True)
        if writing is not None:
            writing.result()


class _Town:
    """Draws one account after the other from one source of chance."""

    def __init__(self, random: Random, tariff: Tariff, today: date) -> None:
        self.rows = Rows()
        self._random = random
        self._books = Books(self.rows, tariff, from_one())
        self._today = today
        self._months = billed_months(today, tariff.period)
        self.rows.columns(*DAY_COLUMNS)

    def build(self, accounts: int) -> Iterator[dict[str, list[str]]]:
        """The lines of all accounts, some hundred accounts at a time, and of the city's events."""
        for index in range(accounts):
            self._settle(index)
            if (index + 1) % ACCOUNTS_A_COPY == 0:
                yield self.rows.take()
        events.add_city_events(self.rows, self._today)
        yield self.rows.take()

    def _settle(self, index: int) -> None:
        random = self._random
        holder = self._holder(index)
        opened_on = self._months[0].read_from
        start_m3 = random.randint(0, 900)
        self._books.open_account(holder, opened_on - timedelta(days=random.randint(0, 3000)))
        self._books.add_meter(
            holder.account_no, holder.meter_no, holder.meter_kind, opened_on, None, start_m3
        )
        billed = self._past(holder)
        self._books.bill_months(holder, billed, {holder.meter_no: start_m3})
        if holder.meter_kind == "smart":
            self._add_days(holder, billed)

    def _holder(self, index: int) -> Holder:
        random = self._random
        customer_class = random.choices(list(CLASS_SHARES), list(CLASS_SHARES.values()))[0]
        return Holder(
            account_no=f"{FIRST_ACCOUNT + index}",
            home=home(random, customer_class, index),
            customer_class=customer_class,
            persons=random.choices(list(PERSON_SHARES), list(PERSON_SHARES.values()))[0],
            low_income=customer_class == "RESIDENT" and random.randrange(100) < 3,
            meter_kind="smart" if index % SMART_METER_EVERY == 0 else "mechanical",
        )

    def _past(self, holder: Holder) -> list[BilledMonth]:
        random = self._random
        base_m3 = random.randint(*BASE_M3[holder.customer_class])
        unpaid = self._unpaid_months()
        paid_months = len(self._months) - unpaid
        return [
            BilledMonth(
                month,
                month_m3(random, base_m3, month),
                paid=self._payment(month.issued_on) if number < paid_months else None,
                estimated=holder.meter_kind == "mechanical" and random.randrange(100) < 2,
            )
            for number, month in enumerate(self._months)
        ]

    def _unpaid_months(self) -> int:
        """Most owe nothing or the newest bill; one in eight is in arrears."""
        return self._random.choices((0, 1, 2, 3, 5), (58, 29, 7, 4, 2))[0]

    def _payment(self, issued_on: date) -> Paid | None:
        """Some day before the due day, yet never today or later."""
        latest = min(27, (self._today - issued_on).days - 1)
        if latest < 0:
            return None
        day = issued_on + timedelta(days=self._random.randint(0, latest))
        hour, minute = self._random.randint(8, 21), self._random.randint(0, 59)
        return Paid(at(day, hour, minute), self._random.choice((COUNTER, BANK)))

    def _add_days(self, holder: Holder, billed: list[BilledMonth]) -> None:
        used = [(month.month, month.used_m3) for month in billed]
        for day in days_of_use(self._random, used, self._today):
            self.rows.add("daily_usage", *day.row(holder.account_no))
