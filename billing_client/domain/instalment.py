"""Paying arrears in parts: who may, how the sum is split, when the parts are due.

A plan splits what is owed already; it makes no new debt. The parts differ by a fen at
most and add up exactly. While the plan is kept the late fee stands still; a part left
unpaid too long breaks the plan, and the whole rest is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from billing_client.domain.business_day import next_business_day
from billing_client.domain.period import last_day, period_of, shifted

FEWEST_PARTS = 2


class WhyNot(StrEnum):
    NOTHING_OWED = "nothing_owed"
    TOO_LITTLE = "too_little"
    PLAN_RUNNING = "plan_running"
    PLAN_BROKEN = "plan_broken"  # not long ago
    CLASS_EXCLUDED = "class_excluded"
    ACCOUNT_CLOSED = "account_closed"
    PAYMENT_PENDING = "payment_pending"


@dataclass(frozen=True)
class InstalmentRule:
    """Amounts in fen. The shipped values are a habit to be set, not a law."""

    least_total_fen: int
    least_part_fen: int
    most_parts: int
    broken_after_days: int
    wait_after_broken_days: int
    classes: frozenset[str]


@dataclass(frozen=True)
class Situation:
    """What decides whether an account may pay in parts."""

    owed_fen: int
    customer_class: str
    supply_state: str
    plan_running: bool
    last_broken_on: date | None
    payment_pending: bool


@dataclass(frozen=True)
class Part:
    due_on: date
    amount_fen: int
    paid_fen: int = 0

    @property
    def open_fen(self) -> int:
        return self.amount_fen - self.paid_fen


def why_not(it: Situation, rule: InstalmentRule, today: date) -> WhyNot | None:
    """The first reason against a plan; None when the account may have one."""
    waits_until = (it.last_broken_on or date.min) + timedelta(days=rule.wait_after_broken_days)
    reasons = (
        (WhyNot.ACCOUNT_CLOSED, it.supply_state == "closed"),
        (WhyNot.CLASS_EXCLUDED, it.customer_class not in rule.classes),
        (WhyNot.PLAN_RUNNING, it.plan_running),
        (WhyNot.NOTHING_OWED, it.owed_fen <= 0),
        (WhyNot.PLAN_BROKEN, it.last_broken_on is not None and today < waits_until),
        (WhyNot.PAYMENT_PENDING, it.payment_pending),
        (WhyNot.TOO_LITTLE, not part_counts(it.owed_fen, rule)),
    )
    return next((reason for reason, holds in reasons if holds), None)


def part_counts(total_fen: int, rule: InstalmentRule) -> tuple[int, ...]:
    """In how many parts the sum may be paid."""
    if total_fen < rule.least_total_fen:
        return ()
    most = min(rule.most_parts, total_fen // max(1, rule.least_part_fen))
    return tuple(range(FEWEST_PARTS, most + 1))


def split(total_fen: int, count: int) -> tuple[int, ...]:
    """Largest remainder with equal shares: the first parts carry the fen that are left."""
    each, rest = divmod(total_fen, count)
    return tuple(each + (number < rest) for number in range(count))


def plan(total_fen: int, count: int, agreed_on: date) -> tuple[Part, ...]:
    """The parts, due every month on the day of the agreement, the first a month after it.

    A month without that day ends it on its last; a day off moves it to the next working day.
    """
    amounts = split(total_fen, count)
    return tuple(
        Part(_due(agreed_on, number), amount) for number, amount in enumerate(amounts, start=1)
    )


def with_paid(parts: Sequence[Part], paid_fen: int) -> tuple[Part, ...]:
    """What has been paid fills the parts from the oldest on."""
    filled: list[Part] = []
    for part in parts:
        taken = min(part.amount_fen, max(0, paid_fen))
        paid_fen -= taken
        filled.append(replace(part, paid_fen=taken))
    return tuple(filled)


def broken(parts: Sequence[Part], today: date, rule: InstalmentRule) -> bool:
    """Is a part still unpaid ``broken_after_days`` after its due day?"""
    given = timedelta(days=rule.broken_after_days)
    return any(part.open_fen > 0 and part.due_on + given < today for part in parts)


def _due(agreed_on: date, months: int) -> date:
    period = shifted(period_of(agreed_on), months)
    last = last_day(period)
    return next_business_day(last.replace(day=min(agreed_on.day, last.day)))
