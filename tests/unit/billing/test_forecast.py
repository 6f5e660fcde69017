"""The forecast: exact on plain pasts, a range that holds eight times in ten."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.forecast import (
    FEWEST_DAYS,
    PastPeriod,
    from_bills,
    from_days,
    quantile,
    season,
)
from billing_client.domain.period import shifted

volumes = st.integers(0, 200_000)


def past(*used_l: int) -> list[PastPeriod]:
    first = shifted("2026-10", 1 - len(used_l))
    return [PastPeriod(shifted(first, n), litres, 30) for n, litres in enumerate(used_l)]


def test_steady_use_goes_on_by_the_day() -> None:
    found = from_bills(past(*[9000] * 12), "2026-11", 31, {})
    assert found is not None
    assert found.used_l == 9300
    assert found.low_l < 9300 < found.high_l


def test_three_bills_are_too_few() -> None:
    assert from_bills(past(9000, 9000, 9000), "2026-11", 30, {}) is None


def test_a_neighbourhood_that_drank_more_a_year_ago_moves_the_forecast() -> None:
    like = {shifted("2024-10", n): 300.0 for n in range(24)} | {"2025-11": 600.0}
    assert season(like, "2026-11") == pytest.approx(math.pow(2, 0.8))
    assert season(like, "2026-10") == 1
    found, plain = (from_bills(past(*[9000] * 8), "2026-11", 30, it) for it in (like, {}))
    assert found is not None
    assert plain is not None
    assert found.used_l == pytest.approx(plain.used_l * math.pow(2, 0.8), rel=0.001)


def test_what_has_run_is_certain_and_the_rest_goes_on() -> None:
    found = from_days(7_000, 10, [300] * 60)
    assert found is not None
    assert found.used_l == 10_000
    assert found.low_l >= 7_000
    over = from_days(7_000, 0, [300] * 60)
    assert over is not None
    assert (over.low_l, over.used_l, over.high_l) == (7_000, 7_000, 7_000)
    assert from_days(0, 10, [300] * (FEWEST_DAYS - 1)) is None


@given(st.lists(volumes, min_size=4, max_size=24), st.integers(1, 62))
def test_the_range_holds_the_point_and_is_never_negative(used: list[int], days: int) -> None:
    found = from_bills(past(*used), "2026-11", days, {})
    assert found is not None
    assert 0 <= found.low_l <= found.used_l <= found.high_l


@given(st.lists(st.floats(0, 9), min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise_and_stay_inside(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert min(values) <= quantile(values, low) <= quantile(values, high) <= max(values)


@pytest.mark.parametrize("periods", [4, 8, 24])
def test_four_bills_in_five_lie_in_the_range(periods: int) -> None:
    random = Random(1)
    inside = 0
    for _ in range(600):
        level, spread = random.uniform(5_000, 20_000), random.uniform(0.1, 0.3)
        used = [round(level * random.lognormvariate(0, spread)) for _ in range(periods + 1)]
        found = from_bills(past(*used[:-1]), "2026-11", 30, {})
        assert found is not None
        inside += found.low_l <= used[-1] <= found.high_l
    assert 0.74 <= inside / 600 <= 0.88
