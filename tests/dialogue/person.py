"""Fresh demo customers for conversations, and the figures of their books as texts may name them."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import count
from uuid import uuid4

import psycopg

from billing_client.demo import making
from billing_client.demo.calendar import SHANGHAI
from billing_client.demo.making import USER_PREFIX, Made
from billing_client.demo.people import PEOPLE
from billing_client.demo.situation import Situation, parse
from billing_client.domain import period as billing_period

LATE_FEE_A_DAY = Decimal("0.0005")  # of the demo utility
CODE = re.compile(r"\d{6}")

_numbers = count(1)


@dataclass
class Person:
    """One side of a conversation. ``made`` is None for a stranger without an account."""

    database_url: str
    channel_user: str
    made: Made | None = None
    neighbour: Made | None = None

    def fill(self, text: str, *, said: bool = False) -> str:
        """``text`` with its blanks filled; ``said``: as people say it, '8月' for '2026年8月'."""
        return re.sub(r"\{(\w+)\}", lambda blank: self._value(blank[1], said), text)

    def newest_order(self) -> str:
        query = (
            "SELECT order_no FROM billing.payment_order WHERE account_no = ANY(%s)"
            " ORDER BY created_at DESC LIMIT 1"
        )
        return self._one(query, list(self._made().accounts))

    def _value(self, name: str, said: bool) -> str:
        if name.startswith("unbound_"):
            neighbour = self._neighbour()
            values = {
                "unbound_account_no": lambda: neighbour.account_no,
                "unbound_code": lambda: self._code(neighbour.phone),
                "unbound_phone_masked": lambda: f"{neighbour.phone[:3]}****{neighbour.phone[-4:]}",
            }
            return values[name]()
        if name in ("account_no", "phone", "address", "owner_name", "ticket_no"):
            return str(getattr(self._made(), name))
        if name == "second_account_no":
            return self._made().accounts[1]
        if name == "code":
            return self._code(self._made().phone)
        if name == "open":
            return _yuan(self._open_fen())
        if name == "tier_year_used":
            return self._cubic_metres("prior_l + used_l", "latest")
        what, back = _blank(name)
        if what == "reading":  # what the meter shows so many m³ after the last reading
            return str(self._made().last_reading_m3 + int(back))
        if what == "month":
            return self._month(self._period(back), said)
        return self._total(back) if what == "total" else self._cubic_metres("used_l", back)

    def _period(self, back: str) -> str:
        if back == "latest":
            query = "SELECT max(period) FROM billing.bill WHERE account_no = %s"
            return self._one(query, self._made().account_no)
        today = datetime.now(SHANGHAI).date()
        return billing_period.shifted(billing_period.period_of(today), -int(back))

    @staticmethod
    def _month(period: str, said: bool) -> str:
        year, month = period.split("-")
        return f"{int(month)}月" if said else f"{year}年{int(month)}月"

    def _total(self, back: str) -> str:
        query = (
            "SELECT sum(total_fen)::bigint FROM billing.bill WHERE account_no = %s AND period = %s"
        )
        return _yuan(int(self._one(query, self._made().account_no, self._period(back))))

    def _cubic_metres(self, litres: str, back: str) -> str:
        query = f"SELECT ({litres}) / 1000 FROM billing.bill WHERE account_no = %s AND period = %s"
        return self._one(query, self._made().account_no, self._period(back))

    def _open_fen(self) -> int:
        """Unpaid bills and their late fee, worked out here once more: principal × days × 0.5‰."""
        query = "SELECT total_fen, due_on FROM billing.bill WHERE account_no = %s AND paid_fen = 0"
        today = datetime.now(SHANGHAI).date()
        with psycopg.connect(self.database_url) as connection:
            bills = connection.execute(query, [self._made().account_no]).fetchall()
        return sum(
            total_fen + _rounded(total_fen * max(0, (today - due_on).days) * LATE_FEE_A_DAY)
            for total_fen, due_on in bills
        )

    def _code(self, phone: str) -> str:
        query = "SELECT text FROM billing.sandbox_sms WHERE phone = %s ORDER BY sms_id DESC LIMIT 1"
        found = CODE.search(self._one(query, phone))
        assert found is not None
        return found[0]

    def _made(self) -> Made:
        assert self.made is not None, "this conversation has no `as`"
        return self.made

    def _neighbour(self) -> Made:
        if self.neighbour is None:
            self.neighbour = make(self.database_url, PEOPLE["unbound"].situation, "unbound")
        return self.neighbour

    def _one(self, query: str, *values: object) -> str:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute(query, values).fetchone()  # pyright: ignore
        assert row is not None, f"nothing found: {query}"
        return str(row[0])


def stranger(database_url: str) -> Person:
    """Someone who has proved nothing."""
    return Person(database_url, f"{USER_PREFIX}stranger-{uuid4().hex[:8]}")


def fresh_person(database_url: str, name: str, *, code_proved: bool = False) -> Person:
    """A new customer like the demo's ``name`` or in the situation its words describe."""
    words = "=" in name
    situation = parse(name.split()) if words else PEOPLE[name].situation
    if code_proved:
        situation = replace(situation, code_age=0)
    made = make(database_url, situation, "made" if words else name)
    return Person(database_url, f"{USER_PREFIX}{made.name}", made)


def make(database_url: str, situation: Situation, name: str) -> Made:
    return making.make(database_url, replace(situation, name=f"{name}-t{next(_numbers)}"))


def _blank(name: str) -> tuple[str, str]:
    """``month_3`` as ("month", "3"): of the month three before this one; ``latest_total`` too."""
    plain = {"latest_month": "month_latest", "latest_total": "total_latest"}.get(name, name)
    found = re.fullmatch(r"(month|total|used|reading)_(\w+)", plain)
    assert found is not None, f"no such blank: {name}"
    return found[1], found[2]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _rounded(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
