"""Billing periods, counted from a business day in November 2026."""

from datetime import datetime

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.resolve_date import SHANGHAI
from bot.nlu.resolve_period import resolve_bill_period

NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("上个月", "2026-10", "2026-10"),
        ("上上个月", "2026-09", "2026-09"),
        ("这个月", "2026-11", "2026-11"),
        ("下个月", "2026-12", "2026-12"),
        ("上一期", "2026-10", "2026-10"),
        ("今年3月", "2026-03", "2026-03"),
        ("十月份", "2026-10", "2026-10"),
        ("12月", "2025-12", "2025-12"),
        ("去年12月", "2025-12", "2025-12"),
        ("2026年第二季度", "2026-04", "2026-06"),
        ("三季度", "2026-07", "2026-09"),
        ("上季度", "2026-07", "2026-09"),
        ("1月到4月", "2026-01", "2026-04"),
        ("九月和十月", "2026-09", "2026-10"),
        ("上半年", "2026-01", "2026-06"),
        ("去年下半年", "2025-07", "2025-12"),
        ("前三个月", "2026-08", "2026-10"),
        ("最近半年", "2026-05", "2026-10"),
        ("近一年", "2025-11", "2026-10"),
        ("去年", "2025-01", "2025-12"),
        ("今年", "2026-01", "2026-11"),
        ("今年全年", "2026-01", "2026-12"),
        ("去年一整年", "2025-01", "2025-12"),
        ("去年同期", "2025-10", "2025-10"),
        ("去年夏天", "2025-06", "2025-08"),
        ("接下来三个月", "2026-12", "2027-02"),
    ],
)
def test_period(words: str, first: str, last: str) -> None:
    assert resolve_bill_period(words, NOW) == {"first": first, "last": last}


@pytest.mark.parametrize("words", ["每个月", "13月", "水费", "三年", "第五季度"])
def test_no_period(words: str) -> None:
    assert resolve_bill_period(words, NOW) is None


def test_last_month_of_january_is_december() -> None:
    january = datetime(2027, 1, 3, tzinfo=SHANGHAI)
    assert resolve_bill_period("上个月", january) == {"first": "2026-12", "last": "2026-12"}


@given(st.integers(2020, 2030), st.integers(1, 12), st.booleans())
def test_a_named_month_comes_back(year: int, month: int, spoken: bool) -> None:
    said = cn2an.an2cn(month) if spoken else str(month)
    expected = f"{year}-{month:02d}"
    assert resolve_bill_period(f"{year}年{said}月", NOW) == {"first": expected, "last": expected}


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), st.integers(1, 12))
def test_a_month_without_a_year_is_never_in_the_future(now: datetime, month: int) -> None:
    found = resolve_bill_period(f"{month}月", now.replace(tzinfo=SHANGHAI))
    assert found is not None
    assert found["first"] <= f"{now:%Y-%m}"
