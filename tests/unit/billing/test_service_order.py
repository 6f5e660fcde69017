"""Kinds, states and deadlines of service orders."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.business_day import is_business_day
from billing_client.domain.service_order import (
    FOLLOWS,
    RUNNING,
    Outcome,
    ServiceOrderState,
    TransitionRefused,
    check_move,
)
from billing_client.domain.service_standard import Standard, standard_for, working_days_later
from billing_client.services.service_standards import (
    kind_of,
    kinds,
    promise,
    standards,
)
from billing_client.store.clock import SHANGHAI

NOON = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)  # a Tuesday
STATES = st.sampled_from(list(ServiceOrderState))


def test_promises_come_from_the_published_standards() -> None:
    burst = promise("leak", "emergency", NOON, {})
    assert burst.promised_at - NOON == timedelta(minutes=45)
    assert burst.finish_by - NOON == timedelta(hours=24)
    assert "wxszjt" in burst.source
    assert promise("change_owner", "minor", NOON, {}).promised_at - NOON == timedelta(days=2)
    friday = NOON + timedelta(days=3)
    assert promise("complaint", "minor", friday, {}).promised_at - friday == timedelta(days=5)


def test_the_utilitys_own_promise_goes_first() -> None:
    own = promise("leak", "minor", NOON, {"leak.minor": 6, "leak": 8})
    assert own.promised_at - NOON == timedelta(hours=6)
    assert promise("leak", "serious", NOON, {"leak": 8}).promised_at - NOON == timedelta(hours=8)


def test_moved_days_and_holidays_count_as_the_calendar_says() -> None:
    assert not is_business_day(date(2026, 10, 1))
    assert is_business_day(date(2026, 10, 10))  # a Saturday that was moved
    before = datetime(2026, 9, 30, 9, tzinfo=SHANGHAI)
    assert working_days_later(before, 1).date() == date(2026, 10, 8)
    assert is_business_day(date(2031, 1, 3)) and not is_business_day(date(2031, 1, 4))


def test_the_newest_standard_that_holds_counts() -> None:
    def of(valid_from: date | None, hours: int) -> Standard:
        return Standard("leak", None, valid_from, Decimal(1), Decimal(hours), None, "finish", "x")

    known = [of(None, 24), of(date(2026, 6, 1), 12), of(date(2027, 1, 1), 6)]
    assert standard_for(known, "leak", "minor", date(2026, 11, 24)).finish_hours == 12
    with pytest.raises(LookupError):
        standard_for(known, "no_water", "minor", date(2026, 11, 24))


def test_every_kind_has_a_deadline_with_its_source() -> None:
    for code in (*kinds(), "something_new"):
        until = promise(code, "serious", NOON, {})
        assert NOON < until.respond_by <= until.finish_by
        assert until.source
    assert all(one.kind in kinds() for one in standards())


@pytest.mark.parametrize(
    ("code", "before", "after", "outcome", "reason"),
    [
        ("leak", "DONE", "OPEN", None, "ended"),
        ("leak", "DISPATCHED", "OPEN", None, "not_next"),
        ("leak", "OPEN", "WAITING", None, "only_requests_wait"),
        ("leak", "OPEN", "DONE", None, "outcome_missing"),
        ("leak", "OPEN", "DISPATCHED", Outcome.DONE, "no_end"),
        ("leak", "ON_SITE", "DONE", Outcome.APPROVED, "only_requests_are_decided"),
        ("household_size", "OPEN", "DONE", Outcome.DONE, "needs_a_decision"),
    ],
)
def test_refused_moves_are_named(
    code: str, before: str, after: str, outcome: Outcome | None, reason: str
) -> None:
    with pytest.raises(TransitionRefused) as refused:
        check_move(kind_of(code), ServiceOrderState(before), ServiceOrderState(after), outcome)
    assert refused.value.reason == reason


@given(
    code=st.sampled_from(sorted(kinds())),
    wished=st.lists(st.tuples(STATES, st.sampled_from([None, *Outcome])), max_size=12),
)
def test_whatever_is_tried_an_order_ends_once_and_stays_ended(
    code: str, wished: list[tuple[ServiceOrderState, Outcome | None]]
) -> None:
    state, ends = ServiceOrderState.OPEN, 0
    for after, outcome in wished:
        try:
            check_move(kind_of(code), state, after, outcome)
        except TransitionRefused:
            continue
        assert state in RUNNING and after in FOLLOWS[state]
        state, ends = after, ends + (after not in RUNNING)
    assert ends <= 1
    assert (ends == 1) == (state not in RUNNING)
