"""How much the next bill will be: a volume with a range that holds eight times in ten.

From bills: simple exponential smoothing of the use a day (Hyndman & Athanasopoulos,
*Forecasting: Principles and Practice*, 3rd ed., ch. 8.1), moved by what the neighbourhood
did in the same period a year ago. From a smart meter: what has run so far and the mean of
the last four weeks for the days left. The range is empirical (ch. 5.5): how far the same
method was off before, with a few invented misses beside, so that a short past does not
promise too much. ``tests/benchmarks/forecast.py`` measures error and coverage on homes
whose truth is known; docs/analysis.md has the figures and what was tried against it.

Volumes come and go as whole litres; in between these are estimates, so floats are right.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

from billing_client.domain.period import shifted

COVERAGE = 0.8
FEWEST_PERIODS = 4  # bills, before anything is said
FEWEST_DAYS = 28  # of a smart meter, before its days are used
SMOOTHING = 0.3  # share of the newest period in the level
SEASON_SHARE = 0.8  # of the neighbourhood's move of last year; the rest is chance
SEASON_NEEDS = 6  # earlier periods of the neighbourhood
WEEKS_A_LEVEL = 4  # whole weeks, so that every weekday counts alike
MISSES_FROM_DAYS = 365  # how far back the misses of a smart meter are looked for
# Invented misses: evenly spaced quantiles of a log-normal of 20 % spread.
SPREAD, INVENTED_FOR_BILLS, INVENTED_FOR_DAYS = 0.2, 9, 5
LEAST_L_A_DAY = 15.0  # below this a ratio says nothing


@dataclass(frozen=True)
class PastPeriod:
    """A billed period: its label '2026-10', what was used and over how many days."""

    period: str
    used_l: int
    days: int

    @property
    def l_a_day(self) -> float:
        return self.used_l / max(1, self.days)


@dataclass(frozen=True)
class VolumeForecast:
    """``low_l``–``high_l`` holds in ``COVERAGE`` of the cases. All in litres."""

    used_l: int
    low_l: int
    high_l: int


def from_bills(
    past: Sequence[PastPeriod], period: str, days: int, neighbours: Mapping[str, float]
) -> VolumeForecast | None:
    """The use of ``period``, ``days`` long, after at least four periods, oldest first.

    ``neighbours`` is the mean litres a day of like accounts by period; it may be empty.
    """
    if len(past) < FEWEST_PERIODS:
        return None
    rates = [one.l_a_day for one in past]
    levels = _levels(rates)
    misses = [
        rate / max(level * season(neighbours, one.period), LEAST_L_A_DAY)
        for one, rate, level in list(zip(past, rates, levels, strict=False))[FEWEST_PERIODS - 1 :]
    ]
    point = levels[-1] * season(neighbours, period) * days
    return _with_range(point, misses + _invented(INVENTED_FOR_BILLS))


def from_days(so_far_l: int, days_left: int, daily_l: Sequence[int]) -> VolumeForecast | None:
    """``so_far_l`` of the period have run and ``days_left`` are to come.

    ``daily_l`` are the meter's days until now, oldest first; None with less than four weeks.
    """
    if len(daily_l) < FEWEST_DAYS:
        return None
    level = _level_before(daily_l, len(daily_l))
    misses = _misses_of_days(daily_l, days_left) + _invented(INVENTED_FOR_DAYS)
    rest = _with_range(level * days_left, misses)
    return VolumeForecast(so_far_l + rest.used_l, so_far_l + rest.low_l, so_far_l + rest.high_l)


def season(neighbours: Mapping[str, float], period: str) -> float:
    """By how much the neighbourhood left its level in the same period a year ago, softened."""
    year_ago = shifted(period, -12)
    before = [neighbours[label] for label in sorted(neighbours) if label < year_ago]
    if year_ago not in neighbours or len(before) < SEASON_NEEDS:
        return 1.0
    level = _levels(before)[-1]
    if level <= 0 or neighbours[year_ago] <= 0:
        return 1.0
    return math.pow(neighbours[year_ago] / level, SEASON_SHARE)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of all further ones lie; n values cut n+1 equal parts."""
    ordered = sorted(values)
    place = share * (len(ordered) + 1) - 1
    lower = min(max(math.floor(place), 0), len(ordered) - 1)
    upper = min(lower + 1, len(ordered) - 1)
    part = min(max(place - lower, 0.0), 1.0)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * part


def share_below(values: Sequence[float], value: float) -> float:
    """Which share of ``values`` is smaller; 0 without values."""
    return bisect_left(sorted(values), value) / len(values) if values else 0.0


def _levels(rates: Sequence[float]) -> list[float]:
    """The level known before each rate, and the one after the last."""
    levels = [rates[0]]
    for rate in rates:
        levels.append(SMOOTHING * rate + (1 - SMOOTHING) * levels[-1])
    return levels


def _level_before(daily_l: Sequence[int], place: int) -> float:
    return fmean(daily_l[place - 7 * WEEKS_A_LEVEL : place])


def _misses_of_days(daily_l: Sequence[int], days: int) -> list[float]:
    """What truly came in ``days`` days against the level before them, looked at every week."""
    first = max(7 * WEEKS_A_LEVEL, len(daily_l) - MISSES_FROM_DAYS)
    misses: list[float] = []
    for place in range(len(daily_l) - days, first - 1, -7):
        level = _level_before(daily_l, place)
        if days and level >= LEAST_L_A_DAY:
            misses.append(fmean(daily_l[place : place + days]) / level)
    return misses


def _invented(count: int) -> list[float]:
    normal = NormalDist(0, SPREAD)
    return [math.exp(normal.inv_cdf((place + 1) / (count + 1))) for place in range(count)]


def _with_range(point: float, misses: Sequence[float]) -> VolumeForecast:
    tail = (1 - COVERAGE) / 2
    low, high = quantile(misses, tail), quantile(misses, 1 - tail)
    used_l = round(point)
    return VolumeForecast(used_l, min(used_l, round(point * low)), max(used_l, round(point * high)))
