"""Accounts: states and what must be settled, numbers in old forms, terms, meter tests."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.account import (
    FOLLOWS,
    ChangeRefused,
    Refusal,
    Standing,
    SupplyState,
    check_pause,
    check_settled,
    check_supply,
)
from billing_client.domain.account_number import NumberFormat, candidates, parse
from billing_client.domain.meter_test import beyond_limit, too_much_m3
from billing_client.domain.terms import Term, first_of_next_month, in_force, months_later

TODAY = date(2026, 11, 24)
ON, CUT, PAUSED, CLOSED = SupplyState
CLEAN = {"settled_on": TODAY}


@pytest.mark.parametrize(
    ("standing", "after", "refusal"),
    [
        (Standing(ON), ON, Refusal.SAME),
        (Standing(CLOSED), ON, Refusal.CLOSED),
        (Standing(CUT), PAUSED, Refusal.NOT_NEXT),
        (Standing(CUT, open_fen=1, overdue_fen=1), ON, Refusal.OWES),
        (Standing(ON), CLOSED, Refusal.NOT_SETTLED),
        (Standing(ON, settled_on=TODAY - timedelta(days=8)), CLOSED, Refusal.NOT_SETTLED),
        (Standing(ON, open_fen=1, settled_on=TODAY), CLOSED, Refusal.OWES),
        (Standing(ON, prepaid_fen=1, settled_on=TODAY), CLOSED, Refusal.PREPAID_LEFT),
        (Standing(ON, autopay=True, settled_on=TODAY), CLOSED, Refusal.AUTOPAY_RUNS),
        (Standing(ON, instalment=True, settled_on=TODAY), CLOSED, Refusal.INSTALMENT_RUNS),
    ],
)
def test_refused_changes_are_named(
    standing: Standing, after: SupplyState, refusal: Refusal
) -> None:
    with pytest.raises(ChangeRefused) as refused:
        check_supply(standing, after, TODAY)
    assert refused.value.refusal is refusal
    assert refused.value.fen == standing.open_fen + standing.prepaid_fen


def test_a_kept_plan_reconnects() -> None:
    check_supply(Standing(CUT, open_fen=5, overdue_fen=5, instalment=True), ON, TODAY)
    check_supply(Standing(CUT), ON, TODAY)
    check_supply(Standing(CUT, open_fen=5), ON, TODAY)  # not due yet


def test_a_pause_ends_within_a_year() -> None:
    check_pause(TODAY + timedelta(days=365), TODAY)
    for until in (TODAY, TODAY + timedelta(days=366)):
        with pytest.raises(ChangeRefused):
            check_pause(until, TODAY)


@given(
    wished=st.lists(st.sampled_from(SupplyState), max_size=10),
    open_fen=st.integers(0, 2),
    settled=st.booleans(),
)
def test_closing_is_the_end_and_never_leaves_money_behind(
    wished: list[SupplyState], open_fen: int, settled: bool
) -> None:
    state = ON
    for after in wished:
        standing = Standing(state, open_fen, settled_on=TODAY if settled else None)
        try:
            check_supply(standing, after, TODAY)
        except ChangeRefused:
            continue
        assert state is not CLOSED
        assert after in FOLLOWS[state]
        if after is CLOSED:
            assert settled
            assert open_fen == 0
            check_settled(standing, TODAY)
        state = after


def test_numbers_in_old_forms() -> None:
    known = parse({"pattern": "[0-9]{10}", "old": [{"pattern": "[0-9]{8}", "prefix": "10"}]})
    assert candidates("1000 002468", known) == ("1000002468",)
    assert candidates("０００-０２４６８", known) == ("1000002468",)
    assert candidates("12345", known) == ()
    assert candidates("jx001", NumberFormat()) == ("JX001",)


def test_terms_begin_end_and_fall_back() -> None:
    terms = [
        Term(date(2026, 1, 1), None, 3),
        Term(date(2026, 7, 1), date(2026, 12, 31), 6),
        Term(date(2026, 9, 1), date(2026, 9, 30), 7),
    ]
    expected = {(2026, 6, 30): 3, (2026, 7, 1): 6, (2026, 9, 30): 7, (2026, 10, 1): 6}
    for day, persons in expected.items():
        assert in_force(terms, date(*day), 2) == persons
    assert in_force(terms, date(2027, 1, 1), 2) == 3
    assert in_force(terms, date(2025, 1, 1), 2) == 2


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_a_grant_of_months_touches_the_next_one(day: date, months: int) -> None:
    first = first_of_next_month(day)
    last = months_later(first, months)
    assert last + timedelta(days=1) == first_of_next_month(last)
    assert (last.year * 12 + last.month) - (first.year * 12 + first.month) == months - 1


def test_what_a_meter_test_corrects() -> None:
    """M-5, M-6 and M-7 of the published examples."""
    assert too_much_m3(56, Decimal(8)) == 4
    assert too_much_m3(56, Decimal(8), only_beyond_percent=Decimal(2)) == 3
    assert too_much_m3(56, Decimal(-8)) == -5
    assert beyond_limit(Decimal(-8))
    assert not beyond_limit(Decimal(4))
