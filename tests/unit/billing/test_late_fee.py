"""违约金: known cases to the fen, and what holds for every rule and history."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.late_fee import (
    LateFeeRule,
    Pause,
    PrincipalPaid,
    late_fee_fen,
    principal_days,
)

DUE = date(2026, 6, 25)
FIVE = LateFeeRule(Decimal("0.005"))
HALF = LateFeeRule(Decimal("0.0005"))
rules = st.builds(
    LateFeeRule,
    rate_per_day=st.decimals(0, Decimal("0.005"), places=5),
    cap_ratio=st.decimals(0, 1, places=2),
    grace_days=st.integers(0, 60),
)
days = st.integers(0, 900)
pauses = st.lists(
    st.builds(
        lambda first, length: Pause(
            DUE + timedelta(days=first), DUE + timedelta(days=first + length)
        ),
        days,
        st.integers(0, 200),
    ),
    max_size=4,
)


def after(count: int) -> date:
    return DUE + timedelta(days=count)


@pytest.mark.parametrize(
    ("fen", "days_late", "rule", "fee"),
    [
        (9000, 30, FIVE, 1350),
        (9000, 30, HALF, 135),
        (9000, 250, FIVE, 9000),  # capped at the principal
        (17000, 1059, LateFeeRule(Decimal("0.003")), 17000),  # uncapped 54009
        (36600, 250, LateFeeRule(Decimal("0.005"), Decimal("0.3")), 10980),
        (33, 30, FIVE, 5),  # 4.95: never rounded day by day
        (9000, 0, FIVE, 0),
        (9000, 10, LateFeeRule(Decimal("0.005"), grace_days=10), 0),
        (9000, 11, LateFeeRule(Decimal("0.005"), grace_days=10), 45),
    ],
)
def test_known_cases(fen: int, days_late: int, rule: LateFeeRule, fee: int) -> None:
    assert late_fee_fen(fen, DUE, after(days_late), (), rule) == fee


def test_a_part_paid_on_the_tenth_day_costs_no_more() -> None:
    paid = [PrincipalPaid(after(10), 4000)]
    assert late_fee_fen(9000, DUE, after(30), paid, FIVE) == 950


def test_days_of_a_dispute_cost_nothing() -> None:
    dispute = [Pause(after(11), after(20)), Pause(after(15), after(20))]
    assert late_fee_fen(9000, DUE, after(30), (), FIVE, dispute) == 900
    assert late_fee_fen(9000, DUE, after(15), (), FIVE, dispute) == 450


def test_the_leap_day_counts() -> None:
    due = date(2028, 2, 28)
    assert late_fee_fen(10_000, due, date(2028, 3, 1), (), FIVE) == 100


def test_only_the_water_part_is_charged() -> None:
    assert late_fee_fen(9000, DUE, after(30), (), FIVE, (), Decimal("0.8")) == 1080


@pytest.mark.parametrize(
    "wrong", [{"rate_per_day": "0.01"}, {"cap_ratio": "1.5"}, {"rate_per_day": "-1"}]
)
def test_no_rule_is_above_what_is_allowed(wrong: dict[str, str]) -> None:
    values: dict[str, Any] = {name: Decimal(value) for name, value in wrong.items()}
    with pytest.raises(ValueError, match="违约金"):
        LateFeeRule(**values)


@given(st.integers(0, 1_000_000), days, days, rules, pauses)
def test_the_fee_grows_with_the_days_and_never_beyond_its_cap(
    fen: int, one: int, other: int, rule: LateFeeRule, paused: list[Pause]
) -> None:
    early, late = sorted((one, other))
    first, last = (late_fee_fen(fen, DUE, after(n), (), rule, paused) for n in (early, late))
    assert 0 <= first <= last <= fen * rule.cap_ratio + 1
    if late <= rule.grace_days:
        assert last == 0


@given(st.integers(0, 1_000_000), days, days, rules, pauses)
def test_a_pause_never_costs(
    fen: int, until: int, more: int, rule: LateFeeRule, paused: list[Pause]
) -> None:
    day = after(until)
    with_pauses = late_fee_fen(fen, DUE, day, (), rule, paused)
    assert with_pauses <= late_fee_fen(fen, DUE, day, (), rule)
    whole = [Pause(DUE, after(2000))]
    assert late_fee_fen(fen, DUE, after(more), (), rule, whole) == 0


@given(st.integers(1, 100_000), days, days, st.permutations([0, 1, 2]))
def test_spans_add_up_and_the_order_of_payments_does_not_matter(
    fen: int, one: int, other: int, order: list[int]
) -> None:
    middle, end = sorted((one, other))
    paid = [PrincipalPaid(after(n * 7), fen // 4) for n in range(3)]
    shuffled = [paid[place] for place in order]
    whole = principal_days(fen, DUE, after(end), paid)
    parts = [(DUE, after(middle)), (after(middle), after(end))]
    assert whole == principal_days(fen, DUE, after(end), shuffled)
    start_of_second = fen - sum(p.amount_fen for p in paid if p.on <= after(middle))
    later = [p for p in paid if p.on > after(middle)]
    assert whole == (
        principal_days(fen, *parts[0], paid) + principal_days(start_of_second, *parts[1], later)
    )
