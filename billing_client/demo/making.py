"""Puts one customer in a situation: the account, its past, and what runs at the moment."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import psycopg
from psycopg import Connection

from billing_client.demo import emptying, events, surroundings
from billing_client.demo.books import Books, Holder, WrittenBill
from billing_client.demo.calendar import billed_months
from billing_client.demo.extras import Extras
from billing_client.demo.identifiers import reserved
from billing_client.demo.moment import business_now
from billing_client.demo.past import METER_REPLACED_MONTHS_AGO, past_of
from billing_client.demo.rows import Rows
from billing_client.demo.situation import BadSituation, Situation, check
from billing_client.demo.townsfolk import (
    OTHER_OUTAGE_AREA,
    OUTAGE_AREA,
    QUIET_AREA,
    STREETS,
    Home,
    home,
)
from billing_client.demo.water_use import DAY_COLUMNS, days_of_use
from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse

FIRST_OWN_ACCOUNT = 1_000_900_001  # accounts of the city lie below
CHANNELS = ("web", "wechat", "sms", "telegram")
USER_PREFIX = "demo:"  # the channel user of ``xiaoshui chat --as NAME``
NUMBERS_AN_ACCOUNT = 100


@dataclass(frozen=True)
class Made:
    """What the operator needs to go on. ``accounts`` holds every account number."""

    name: str
    account_no: str
    owner_name: str
    phone: str
    address: str
    meter_no: str
    last_reading_m3: int
    accounts: tuple[str, ...]
    open_bills: tuple[str, ...]  # periods
    order_no: str | None = None
    contract_code: str | None = None
    ticket_no: str | None = None


@dataclass
class _Account:
    holder: Holder
    bills: list[WrittenBill]
    last_reading_m3: int
    extras: Extras = field(default_factory=Extras)


def make(database_url: str, situation: Situation, now: datetime | None = None) -> Made:
    """Build the situation at ``now`` (the clock of billing), at once and in full.

    Raises BadSituation; LookupError when the city is not there yet.
    """
    with psycopg.connect(database_url) as connection:
        emptying.one_at_a_time(connection)
        row = connection.execute(
            "SELECT data FROM billing.tariff WHERE tariff_id = %s", [surroundings.CITY_TARIFF]
        ).fetchone()
        if row is None:
            raise LookupError("the demo city is empty")
        return settle(connection, situation, now or business_now(connection), parse(row[0]))


def settle(connection: Connection, situation: Situation, now: datetime, tariff: Tariff) -> Made:
    """Build the situation in the caller's transaction."""
    check(situation)
    first = next_account(connection)
    name = situation.name or f"made-{first}"
    if connection.execute("SELECT 1 FROM billing.account WHERE demo_name = %s", [name]).fetchone():
        raise BadSituation(f"已经有叫「{name}」的客户,请换一个 name。")
    maker = _Maker(connection, replace(situation, name=name), now, tariff)
    made = maker.make(first)
    if situation.staff is not None:
        surroundings.set_staff_duty(connection, situation.staff == "on")
    return made


def next_account(connection: Connection) -> int:
    row = connection.execute(
        "SELECT max(account_no) FROM billing.account WHERE account_no >= %s",
        [f"{FIRST_OWN_ACCOUNT}"],
    ).fetchone()
    return int(row[0]) + 1 if row and row[0] else FIRST_OWN_ACCOUNT


class _Maker:
    def __init__(
        self, connection: Connection, situation: Situation, now: datetime, tariff: Tariff
    ) -> None:
        self._connection = connection
        self._it = situation
        self._now = now
        self._random = Random(situation.name)  # noqa: S311
        self._rows = Rows()
        numbers = reserved(connection, NUMBERS_AN_ACCOUNT * situation.accounts)
        self._books = Books(self._rows, tariff, numbers)
        self._months = billed_months(now.date(), tariff.period)
        self._rows.columns(*DAY_COLUMNS)

    def make(self, first: int) -> Made:
        it = self._it
        one = self._account(first, it, it.name)
        plain = Situation(accounts=1, customer_class=it.customer_class, meter=it.meter)
        others = [
            self._account(first + more, plain, f"{it.name}-{more + 1}", one.holder.home)
            for more in range(1, it.accounts)
        ]
        accounts = (one.holder.account_no, *(other.holder.account_no for other in others))
        if it.bound:
            self._bind(accounts)
        ticket_no = self._events(one.holder)
        self._rows.write(self._connection)
        one.extras.sandbox.write(self._connection)
        home_of_one = one.holder.home
        return Made(
            name=it.name or "",
            account_no=one.holder.account_no,
            owner_name=home_of_one.owner_name,
            phone=home_of_one.phone,
            address=home_of_one.address,
            meter_no=one.holder.meter_no,
            last_reading_m3=one.last_reading_m3,
            accounts=accounts,
            open_bills=tuple(bill.period for bill in one.bills if bill.paid_at is None),
            order_no=one.extras.order_no,
            contract_code=one.extras.contract_code,
            ticket_no=ticket_no,
        )

    def _account(
        self, number: int, it: Situation, name: str | None, owner: Home | None = None
    ) -> _Account:
        holder = Holder(
            account_no=f"{number}",
            home=self._home(it, number, owner),
            customer_class=it.customer_class,
            persons=it.persons,
            low_income=it.low_income,
            supply_state=it.supply,
            meter_kind=it.meter,
            demo_name=name,
        )
        past = past_of(it, self._random, self._months, self._books.tariff, self._now)
        opened_on = self._months[0].read_from
        self._books.open_account(holder, opened_on)
        readings = self._meters(holder, it)
        if it.pattern == "replaced":
            for month in past[:-METER_REPLACED_MONTHS_AGO]:
                month.meter_no = _old_meter(holder)
        bills = self._books.bill_months(holder, past, readings)
        if it.meter == "smart":
            self._add_days(holder, it, [(month.month, month.used_m3) for month in past])
        account = _Account(holder, bills, readings[holder.meter_no])
        account.extras.add(self._rows, self._books, holder, it, bills, self._now)
        return account

    def _home(self, it: Situation, number: int, owner: Home | None) -> Home:
        area = OUTAGE_AREA if it.outage == "here" else QUIET_AREA
        if it.customer_class != "RESIDENT":
            area = OUTAGE_AREA if it.outage == "here" else STREETS[1]
        place = home(self._random, it.customer_class, number % 1_000_000, area)
        if owner is None:
            return place
        return replace(place, owner_name=owner.owner_name, phone=owner.phone)

    def _meters(self, holder: Holder, it: Situation) -> dict[str, int]:
        """Write the meters; the first reading of each, in m³."""
        start_m3, installed_on = self._random.randint(50, 400), self._months[0].read_from
        add, account_no = self._books.add_meter, holder.account_no
        if it.pattern != "replaced":
            add(account_no, holder.meter_no, holder.meter_kind, installed_on, None, start_m3)
            return {holder.meter_no: start_m3}
        swapped_on = self._months[-METER_REPLACED_MONTHS_AGO].read_from
        old = _old_meter(holder)
        add(account_no, old, "mechanical", installed_on, swapped_on, start_m3)
        add(account_no, holder.meter_no, holder.meter_kind, swapped_on, None, 0)
        return {old: start_m3, holder.meter_no: 0}

    def _add_days(self, holder: Holder, it: Situation, used: list[tuple]) -> None:
        today = self._now.date()
        leak_since = today - timedelta(days=21) if it.pattern == "night_flow" else None
        for day in days_of_use(self._random, used, today, leak_since):
            self._rows.add("daily_usage", *day.row(holder.account_no))

    def _bind(self, accounts: tuple[str, ...]) -> None:
        user = f"{USER_PREFIX}{self._it.name}"
        age = self._it.code_age
        fresh_until = None if age is None else self._now + timedelta(minutes=15 - age)
        self._rows.columns(
            "binding", "channel", "channel_user", "account_no", "bound_at", "fresh_until"
        )
        bound_at = self._now - timedelta(days=90)
        for channel in CHANNELS:
            for account_no in accounts:
                self._rows.add("binding", channel, user, account_no, bound_at, fresh_until)

    def _events(self, holder: Holder) -> str | None:
        it, rows = self._it, self._rows
        if it.outage != "none":
            self._announce(OUTAGE_AREA if it.outage == "here" else OTHER_OUTAGE_AREA)
        if it.order == "none":
            return None
        report = events.Report(
            number=self._next_ticket(),
            kind=it.order,
            severity="serious",
            place=holder.home.address,
            opened=self._now - timedelta(hours=2),
            channel_user=f"{USER_PREFIX}{it.name}",
            account_no=holder.account_no,
            phone=holder.home.phone,
        )
        return events.add_service_order(rows, report)

    def _announce(self, area: str) -> None:
        """Once: who is made later lives in the same area."""
        known = self._connection.execute(
            "SELECT 1 FROM billing.outage WHERE areas ? %s AND %s BETWEEN starts_at AND ends_at",
            [area, self._now],
        ).fetchone()
        if known is None:
            events.add_outage_today(self._rows, area, self._now)

    def _next_ticket(self) -> int:
        day = f"GD{self._now - timedelta(hours=2):%Y%m%d}"
        row = self._connection.execute(
            "SELECT max(substr(ticket_no, 11)::int) FROM billing.service_order"
            " WHERE starts_with(ticket_no, %s)",
            [day],
        ).fetchone()
        return (row[0] or 0) + 1 if row else 1


def _old_meter(holder: Holder) -> str:
    return f"JX{holder.account_no}-1"
