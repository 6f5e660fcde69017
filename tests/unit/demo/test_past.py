"""The invented past: months, volumes by tier, days that add up to their month."""

from datetime import date, datetime
from itertools import pairwise
from random import Random

import pytest

from billing_client.demo.calendar import SHANGHAI, billed_months
from billing_client.demo.past import past_of
from billing_client.demo.situation import BadSituation, Situation
from billing_client.demo.water_use import NIGHT_LEAK_L_PER_HOUR, days_of_use, spread
from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse
from billing_client.services.tariffs import shipped

TODAYS = [
    *(date(2026, 11, 24), date(2026, 11, 5), date(2026, 11, 4), date(2027, 1, 1)),
    *(date(2027, 3, 1), date(2027, 4, 5), date(2028, 2, 29)),
]


@pytest.fixture(scope="module")
def tariff() -> Tariff:
    return parse(shipped("TJ-2016"))


@pytest.mark.parametrize("today", TODAYS)
def test_months_end_with_the_newest_bill_issued(today: date, tariff: Tariff) -> None:
    months = billed_months(today, tariff.period)
    assert len(months) == 24
    assert months[-1].issued_on <= today < months[-1].due_on
    assert all(a.read_to == b.read_from for a, b in pairwise(months))
    assert {month.year_from.month for month in months} == {3}


@pytest.mark.parametrize("today", TODAYS)
@pytest.mark.parametrize("tier", [1, 2, 3])
def test_tier_is_reached_in_the_year_of_the_last_bill(
    today: date, tier: int, tariff: Tariff
) -> None:
    months = billed_months(today, tariff.period)
    now = datetime(today.year, today.month, today.day, 12, tzinfo=SHANGHAI)
    past = past_of(Situation(tier=tier, persons=5), Random(1), months, tariff, now)
    year = [month for month in past if month.month.year_from == months[-1].year_from]
    used_m3 = sum(month.used_m3 for month in year)
    assert 1 + (used_m3 > 216) + (used_m3 > 276) == tier


def test_tier_and_use_that_disagree_are_refused(tariff: Tariff) -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)
    months = billed_months(now.date(), tariff.period)
    with pytest.raises(BadSituation, match="第 2 阶"):
        past_of(Situation(tier=1, year_used=181), Random(1), months, tariff, now)


@pytest.mark.parametrize("weights", [[1], [1, 1, 1], [7, 0, 5], [92, 88, 118]])
def test_parts_add_up(weights: list[int]) -> None:
    assert sum(spread(100, weights)) == 100


def test_days_add_up_to_the_bill(tariff: Tariff) -> None:
    today = date(2026, 11, 24)
    months = billed_months(today, tariff.period)
    days = days_of_use(Random(1), [(month, 10) for month in months], today)
    october = [day.used_l for day in days if (day.day.year, day.day.month) == (2026, 10)]
    assert len(october) == 31
    assert sum(october) == 10_000
    assert (days[0].day, days[-1].day, len(days)) == (date(2025, 10, 20), date(2026, 11, 23), 400)


def test_leak_shows_at_night_from_its_day_on(tariff: Tariff) -> None:
    today = date(2026, 11, 24)
    used = [(month, 10) for month in billed_months(today, tariff.period)]
    days = days_of_use(Random(1), used, today, leak_since=date(2026, 11, 10))
    nights = {day.day: day.night_l_per_hour for day in days}
    assert nights[date(2026, 11, 9)] == 0
    assert nights[date(2026, 11, 10)] == NIGHT_LEAK_L_PER_HOUR
