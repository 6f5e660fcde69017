"""Properties that hold for every bill and every late fee."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.bill import compute, recomputed_fen
from billing_client.domain.late_fee import (
    LateFeeRule,
    PrincipalPaid,
    late_fee_fen,
    principal_days,
)
from tests.unit.billing.test_tariff import TARIFFS, tariff

volumes = st.integers(0, 600_000)
people = st.integers(1, 12)
cities = st.sampled_from(sorted(file.stem for file in TARIFFS.glob("*.json")))
DUE = date(2026, 6, 25)
FIVE_PER_MILLE = LateFeeRule(Decimal("0.005"))


@given(cities, people, volumes, volumes)
def test_items_add_up_to_the_total_and_lines_give_it_again(
    city: str, persons: int, prior: int, used: int
) -> None:
    bill = compute(tariff(city), "RESIDENT", persons=persons, prior_l=prior, used_l=used)
    assert sum(item.amount_fen for item in bill.items) == bill.total_fen
    assert recomputed_fen(bill.lines) == bill.total_fen
    for component in {line.component for line in bill.lines}:
        assert sum(line.volume_l for line in bill.lines if line.component == component) == used


@given(cities, people, volumes, volumes, volumes)
def test_two_bills_are_one_bill_before_rounding(
    city: str, persons: int, prior: int, first: int, second: int
) -> None:
    def exact(prior_l: int, used_l: int) -> int:
        bill = compute(tariff(city), "RESIDENT", persons=persons, prior_l=prior_l, used_l=used_l)
        return sum(line.amount_e5 for line in bill.lines)

    assert exact(prior, first) + exact(prior + first, second) == exact(prior, first + second)


@pytest.mark.parametrize(
    ("principal", "rate", "days", "cap", "fen"),
    [
        (9000, "0.005", 30, "1", 1350),
        (9000, "0.0005", 30, "1", 135),
        (9000, "0.005", 250, "1", 9000),
        (17000, "0.003", 1059, "1", 17000),
        (36600, "0.005", 250, "0.3", 10980),
    ],
    ids=["L-1", "L-2", "L-3", "L-4", "L-5"],
)
def test_published_late_fees(principal: int, rate: str, days: int, cap: str, fen: int) -> None:
    rule = LateFeeRule(Decimal(rate), Decimal(cap))
    assert late_fee_fen(principal, DUE, DUE + timedelta(days=days), (), rule) == fen


def test_l_6_counts_what_is_outstanding_each_day() -> None:
    paid = [PrincipalPaid(DUE + timedelta(days=10), 4000)]
    assert late_fee_fen(9000, DUE, DUE + timedelta(days=30), paid, FIVE_PER_MILLE) == 950


def test_small_principal_is_rounded_once_not_daily() -> None:
    assert late_fee_fen(33, DUE, DUE + timedelta(days=30), (), FIVE_PER_MILLE) == 5


def test_nothing_accrues_until_due_within_grace_or_without_a_rate() -> None:
    later = DUE + timedelta(days=10)
    assert late_fee_fen(9000, DUE, DUE, (), FIVE_PER_MILLE) == 0
    assert late_fee_fen(9000, DUE, later, (), LateFeeRule(Decimal("0.005"), grace_days=10)) == 0
    assert late_fee_fen(9000, DUE, later, (), LateFeeRule()) == 0
    paid_in_time = [PrincipalPaid(DUE, 9000)]
    assert late_fee_fen(9000, DUE, later, paid_in_time, FIVE_PER_MILLE) == 0


@st.composite
def debts(draw: st.DrawFn) -> tuple[int, list[PrincipalPaid]]:
    principal = draw(st.integers(1, 100_000))
    left, paid = principal, list[PrincipalPaid]()
    for day in sorted(draw(st.lists(st.integers(-20, 400), max_size=4))):
        part = draw(st.integers(0, left))
        paid.append(PrincipalPaid(DUE + timedelta(days=day), part))
        left -= part
    return principal, paid


@given(debts(), st.integers(0, 500), st.integers(0, 500))
def test_late_fee_grows_is_capped_and_adds_up(
    debt: tuple[int, list[PrincipalPaid]], first: int, second: int
) -> None:
    principal, paid = debt
    middle = DUE + timedelta(days=first)
    end = middle + timedelta(days=second)
    early = late_fee_fen(principal, DUE, middle, paid, FIVE_PER_MILLE)
    late = late_fee_fen(principal, DUE, end, paid, FIVE_PER_MILLE)
    assert 0 <= early <= late <= principal
    settled = sum(part.amount_fen for part in paid if part.on <= middle)
    after = [part for part in paid if part.on > middle]
    parts = principal_days(principal, DUE, middle, paid)
    rest = principal_days(principal - settled, middle, end, after)
    assert parts + rest == principal_days(principal, DUE, end, paid)
