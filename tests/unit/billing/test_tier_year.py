"""Where a tier year begins, what is counted in it, and how long the first one is."""

from dataclasses import replace
from datetime import date

import pytest

from billing_client.domain.tariff import Household, Tariff, TierPeriod
from billing_client.domain.tier_year import LastBill, counted_before, part_months, span_of
from tests.unit.billing.test_tariff import tariff

OPENED = date(2025, 6, 20)
NANJING = TierPeriod("YEAR", anchor="ACCOUNT")  # from the month in which it was opened
TWO_MONTHS = TierPeriod("TWO_MONTHS")


@pytest.mark.parametrize(
    ("day", "period", "first", "last"),
    [
        (date(2026, 1, 1), TWO_MONTHS, date(2026, 1, 1), date(2026, 2, 28)),
        (date(2026, 2, 28), TWO_MONTHS, date(2026, 1, 1), date(2026, 2, 28)),
        (date(2026, 3, 31), TWO_MONTHS, date(2026, 3, 1), date(2026, 4, 30)),
        (date(2026, 7, 2), TWO_MONTHS, date(2026, 7, 1), date(2026, 8, 31)),
        (date(2026, 12, 31), TWO_MONTHS, date(2026, 11, 1), date(2026, 12, 31)),
        (date(2026, 6, 1), NANJING, date(2026, 6, 1), date(2027, 5, 31)),
        (date(2026, 5, 31), NANJING, date(2025, 6, 1), date(2026, 5, 31)),
        (date(2026, 5, 31), TierPeriod("MONTH"), date(2026, 5, 1), date(2026, 5, 31)),
    ],
)
def test_the_span_of_a_day(day: date, period: TierPeriod, first: date, last: date) -> None:
    assert span_of(day, period, OPENED) == (first, last)


def test_without_the_day_of_opening_a_year_is_the_calendars() -> None:
    assert span_of(date(2026, 5, 31), NANJING) == (date(2026, 1, 1), date(2026, 12, 31))


def version(**changes: object) -> Tariff:
    return replace(tariff("TJ-2016"), **changes)


LAST = LastBill("2026-02", "TJ-2016", prior_l=100, used_l=20)


def test_the_counter_starts_anew_with_the_span() -> None:
    year = version(period=TierPeriod("YEAR", 3, 1))
    assert counted_before(None, year, "2026-03", OPENED) == 0
    assert counted_before(LAST, year, "2026-02", OPENED) == 120
    assert counted_before(LAST, year, "2026-03", OPENED) == 0
    first_of_year = replace(LAST, period="2026-03")
    assert counted_before(first_of_year, year, "2026-04", OPENED) == 120
    by_account = version(period=NANJING)
    assert counted_before(replace(LAST, period="2026-05"), by_account, "2026-06", OPENED) == 0
    assert counted_before(replace(LAST, period="2025-12"), by_account, "2026-01", OPENED) == 120


def test_a_tariff_may_restart_the_counter() -> None:
    restarts = version(tariff_id="NEW", counter_on_change="RESTART")
    assert counted_before(LAST, restarts, "2026-02", OPENED) == 0
    assert counted_before(replace(LAST, tariff_id="NEW"), restarts, "2026-02", OPENED) == 120
    goes_on = version(tariff_id="NEW")
    assert counted_before(LAST, goes_on, "2026-02", OPENED) == 120


def test_a_first_year_may_count_by_its_months() -> None:
    year = TierPeriod("YEAR", 3, 1)
    whole, part = version(period=year), version(period=year, part_year="PRORATE_MONTHS")
    assert part_months(whole, "2025-07", OPENED) == 12
    assert part_months(part, "2025-07", OPENED) == 9  # June to February
    assert part_months(part, "2026-03", OPENED) == 12
    assert part_months(part, "2025-07", date(2025, 3, 1)) == 12
    assert part_months(part, "2025-07", date(2025, 2, 28)) == 12
    assert part_months(part, "2026-01", date(2026, 1, 31)) == 2
    monthly = version(period=TierPeriod("MONTH"), part_year="PRORATE_MONTHS")
    assert part_months(monthly, "2025-06", OPENED) == 12
    by_account = version(period=NANJING, part_year="PRORATE_MONTHS")
    assert part_months(by_account, "2025-07", OPENED) == 12


@pytest.mark.parametrize(("months", "times"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)])
def test_limits_of_two_months_grow_with_the_months_read(months: int, times: int) -> None:
    two = version(period=TWO_MONTHS)
    one = two.limits_for("RESIDENT", 3)
    grown = two.limits_for("RESIDENT", 3, months=months)
    assert grown == tuple(None if limit is None else limit * times for limit in one)


def test_limits_of_a_month_grow_too_and_those_of_a_year_do_not() -> None:
    month = version(period=TierPeriod("MONTH"))
    assert month.limits_for("RESIDENT", 3, months=3) == (540_000, 720_000, None)
    assert version().limits_for("RESIDENT", 3, months=3) == (180_000, 240_000, None)


def test_more_persons_may_widen_the_first_tier_alone() -> None:
    rule = Household("SHIFT_TIER1_ONLY", 4, (36_000, 50_000))
    classes = {code: replace(prices, household=rule) for code, prices in version().classes.items()}
    first_only = version(household=rule, classes=classes)
    assert first_only.limits_for("RESIDENT", 4) == (180_000, 240_000, None)
    assert first_only.limits_for("RESIDENT", 6) == (252_000, 240_000, None)
    assert first_only.limits_for("SHARED", 6) == (None,)
