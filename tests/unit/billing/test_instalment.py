"""Instalment plans: the sum is exact, the dates are working days, payments fill the oldest."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.business_day import is_business_day
from billing_client.domain.instalment import (
    InstalmentRule,
    Situation,
    WhyNot,
    broken,
    part_counts,
    plan,
    split,
    why_not,
    with_paid,
)

RULE = InstalmentRule(10_000, 3_000, 12, 10, 180, frozenset({"RESIDENT"}))
TODAY = date(2026, 11, 24)
FINE = Situation(30_000, "RESIDENT", "on", False, None, False)
sums = st.integers(1, 10_000_000)
counts = st.integers(2, 24)
dates = st.dates(date(2024, 1, 1), date(2040, 12, 31))


@given(sums, counts)
def test_parts_add_up_and_differ_by_a_fen_at_most(total: int, count: int) -> None:
    parts = split(total, count)
    assert sum(parts) == total
    assert len(parts) == count
    assert max(parts) - min(parts) <= 1


@given(sums, counts, dates)
def test_due_days_are_working_days_one_a_month(total: int, count: int, day: date) -> None:
    parts = plan(total, count, day)
    assert all(is_business_day(part.due_on) for part in parts)
    dues = [day, *(part.due_on for part in parts)]
    for number, (before, due) in enumerate(pairwise(dues)):
        assert before < due
        assert (due - day).days <= 31 * (number + 1) + 12


def test_the_end_of_the_month_is_kept() -> None:
    dues = [part.due_on for part in plan(40_000, 4, date(2027, 12, 31))]
    assert dues == [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 5, 3)]


@given(sums, counts, st.integers(0, 12_000_000))
def test_payments_fill_the_oldest_first(total: int, count: int, paid: int) -> None:
    parts = with_paid(plan(total, count, TODAY), paid)
    assert sum(part.paid_fen for part in parts) == min(paid, total)
    open_ones = [part.open_fen for part in parts]
    first_open = next((n for n, fen in enumerate(open_ones) if fen), len(parts))
    assert not any(part.paid_fen for part in parts[first_open + 1 :])


@given(sums, counts, st.integers(0, 10_000_000), st.integers(0, 400))
def test_only_a_part_left_unpaid_too_long_breaks(
    total: int, count: int, paid: int, later: int
) -> None:
    day = TODAY + timedelta(days=later)
    parts = with_paid(plan(total, count, TODAY), paid)
    late = [p for p in parts if p.open_fen and (day - p.due_on).days > RULE.broken_after_days]
    assert broken(parts, day, RULE) is bool(late)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"owed_fen": 0}, WhyNot.NOTHING_OWED),
        ({"owed_fen": 9_999}, WhyNot.TOO_LITTLE),
        ({"plan_running": True}, WhyNot.PLAN_RUNNING),
        ({"last_broken_on": date(2026, 9, 1)}, WhyNot.PLAN_BROKEN),
        ({"last_broken_on": date(2026, 5, 28)}, None),  # 180 days ago
        ({"last_broken_on": date(2026, 5, 29)}, WhyNot.PLAN_BROKEN),
        ({"customer_class": "SPECIAL"}, WhyNot.CLASS_EXCLUDED),
        ({"supply_state": "closed"}, WhyNot.ACCOUNT_CLOSED),
        ({"supply_state": "cut"}, None),
        ({"payment_pending": True}, WhyNot.PAYMENT_PENDING),
    ],
)
def test_who_may(change: dict[str, object], reason: WhyNot | None) -> None:
    situation = replace(FINE, **change)
    assert why_not(situation, RULE, TODAY) is reason


def test_no_part_is_smaller_than_allowed() -> None:
    assert part_counts(10_000, RULE) == (2, 3)
    assert part_counts(5_999, RULE) == ()
    assert part_counts(1_000_000, RULE) == tuple(range(2, 13))
