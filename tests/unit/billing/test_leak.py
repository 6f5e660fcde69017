"""Signs of a leak: each is seen from its threshold on, and a sound home shows none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.leak import (
    MeterDay,
    Sign,
    jump_of_bills,
    lost_l_a_day,
    signs_of,
)

FIRST = date(2026, 6, 1)
DRAWN = (0, 0, 0, 0, 0, 20, 40, 60, 30, 10, 0, 30, 30, 0, 0, 0, 20, 40, 60, 60, 40, 20, 10, 0)


def days(count: int, *, flow: int = 0, flow_days: int = 0, hours: bool = True) -> list[MeterDay]:
    """A home that draws 470 L a day; ``flow`` L/h run on its last ``flow_days``."""
    found: list[MeterDay] = []
    for number in range(count):
        running = flow if number >= count - flow_days else 0
        day = tuple(litres + running for litres in DRAWN)
        sent = day if hours else None
        found.append(MeterDay(FIRST + timedelta(days=number), sum(day), min(day[2:5]), sent))
    return found


def used(*litres: int) -> list[MeterDay]:
    return [MeterDay(FIRST + timedelta(days=n), used_l, 0) for n, used_l in enumerate(litres)]


def test_a_sound_home_shows_nothing() -> None:
    assert signs_of(days(90)) == ()
    assert signs_of([]) == ()


def test_a_flow_that_never_stops_is_told_by_the_hours_and_the_nights() -> None:
    hour, night = signs_of(days(90, flow=6, flow_days=10))
    assert (hour.sign, hour.count, hour.now_l) == (Sign.NO_ZERO_HOUR, 48, 6)
    assert (night.sign, night.count, night.now_l) == (Sign.NIGHT_FLOW, 5, 6)
    assert night.since == FIRST + timedelta(days=80)
    assert lost_l_a_day((hour, night)) == 144


def test_two_days_are_enough_for_the_hours_and_not_for_the_nights() -> None:
    assert [sign.sign for sign in signs_of(days(90, flow=6, flow_days=2))] == [Sign.NO_ZERO_HOUR]
    assert signs_of(days(90, flow=6, flow_days=1)) == ()


def test_a_drip_below_the_line_and_a_flow_that_stopped_are_no_leak() -> None:
    assert signs_of(days(90, flow=3, flow_days=20)) == ()
    stopped = [*days(90, flow=20, flow_days=20)[:-1], days(90)[-1]]
    assert Sign.NIGHT_FLOW not in {sign.sign for sign in signs_of(stopped)}


def test_a_shop_may_run_at_night() -> None:
    open_at_night = days(90, flow=20, flow_days=30)
    assert not {Sign.NO_ZERO_HOUR, Sign.NIGHT_FLOW} & {
        sign.sign for sign in signs_of(open_at_night, home=False)
    }
    burst = days(90, flow=60, flow_days=30)
    assert signs_of(burst, home=False)[0].sign is Sign.NO_ZERO_HOUR


def test_without_hours_the_nights_decide() -> None:
    signs = signs_of(days(90, flow=24, flow_days=10, hours=False))
    assert [sign.sign for sign in signs] == [Sign.NIGHT_FLOW, Sign.STEP]


def test_a_step_is_dated_and_measured_against_the_weeks_before() -> None:
    noisy = [470 + 20 * (n % 5) for n in range(60)]
    (step,) = signs_of(used(*noisy, *[900] * 6))
    assert (step.sign, step.since, step.count) == (Sign.STEP, FIRST + timedelta(days=60), 6)
    assert (step.now_l, step.before_l) == (900, 510)
    assert signs_of(used(*noisy, 900, 900, *[500] * 4)) == ()  # guests who left
    assert signs_of(used(*noisy, *[650] * 6)) == ()  # under one and a half times


def test_a_weekend_flat_that_runs_for_weeks() -> None:
    week = [0, 0, 0, 0, 0, 300, 300]
    # Its median is 0: a step shows too, once it is three days old.
    signs = {sign.sign: sign for sign in signs_of(used(*week * 10, *[60] * 23))}
    assert signs[Sign.NO_ZERO_DAY].count >= 23
    assert Sign.NO_ZERO_DAY not in {sign.sign for sign in signs_of(used(*week * 10, *[60] * 15))}


@pytest.mark.parametrize(
    ("newest", "year_ago", "seen"),
    [(700, None, True), (700, 600, False), (599, None, False), (466, None, False)],
)
def test_twice_the_usual_bill(newest: int, year_ago: int | None, seen: bool) -> None:
    months = [(FIRST + timedelta(days=30 * n), 300) for n in range(7)]
    months.append((FIRST + timedelta(days=210), newest))
    found = jump_of_bills(months, year_ago)
    assert (found is not None) is seen
    if found is not None:
        assert (found.sign, found.before_l) == (Sign.BILL_JUMP, 300)


@given(st.lists(st.integers(0, 5000), max_size=150))
def test_no_figures_break_it(litres: list[int]) -> None:
    for evidence in signs_of(used(*litres)):
        assert evidence.count >= 1
        assert evidence.now_l >= 0
