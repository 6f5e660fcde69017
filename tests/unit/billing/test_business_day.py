"""Due days and 调休: weekends, holidays, days worked instead, years not yet published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.business_day import is_business_day, next_business_day
from billing_client.domain.period import due_on


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 17), False),  # New Year's day of the lunar calendar
        (date(2026, 10, 10), True),
        (date(2026, 10, 5), False),
        (date(2026, 12, 5), False),  # Saturday
        (date(2040, 10, 2), False),  # not published, yet sure
        (date(2040, 10, 4), True),
        (date(2040, 5, 1), False),
    ],
)
def test_working_days(day: date, worked: bool) -> None:
    assert is_business_day(day) is worked


@pytest.mark.parametrize(
    ("period", "due"),
    [
        ("2026-10", date(2026, 12, 7)),  # the 5th is a Saturday
        ("2026-08", date(2026, 10, 8)),  # in the golden week
        ("2026-09", date(2026, 11, 5)),
        ("2026-11", date(2027, 1, 5)),
    ],
)
def test_due_days_move_past_days_off(period: str, due: date) -> None:
    assert due_on(period) == due


@given(st.dates(date(2004, 1, 1), date(2045, 12, 31)))
def test_the_next_working_day_is_the_first(day: date) -> None:
    found = next_business_day(day)
    assert is_business_day(found)
    assert not any(is_business_day(day + timedelta(days=n)) for n in range((found - day).days))
    assert (found - day).days <= 12
