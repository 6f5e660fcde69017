"""Signs of a leak behind the meter, each with the figures it rests on.

The thresholds are those of utilities that publish theirs: a flow that never stops for two
days (Athens-Clarke County: 11 L/h for 48 h; Burgaw: 3.8 L/h for 24 h), flow in every hour
of the night on several nights (minimum night flow, IWA: 02:00-04:00), a step in the daily
use (median and MAD, z > 4), and, where only bills exist, twice the usual (WHUD's leak
credit). docs/analysis.md has the sources; ``tests/benchmarks/leaks.py`` measures how many
leaks are found and how many sound homes are suspected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise, takewhile
from statistics import median

HOURS_LOOKED_AT = 48
NIGHTS_LOOKED_AT = 5
NIGHTS_NEEDED = 3
HOME_FLOW_L_PER_HOUR = 4
# Shops and shared meters have lawful flow at night: a week of it, and more of it.
BUSINESS_FLOW_L_PER_HOUR = 38
BUSINESS_HOURS, BUSINESS_NIGHTS = 168, 7
BASE_DAYS = 28
STEP_LOOKED_AT_DAYS = 28
STEP_FEWEST_DAYS = 3
STEP_RATIO, STEP_LEAST_L, STEP_Z = 1.5, 200, 4.0
MAD_TO_SIGMA = 1.4826
STEP_DAYS_HIGH = 0.8  # share of the days since the step that lie above the line
STANDSTILLS_NEEDED = 4  # a home that is empty now and then, like a weekend flat
NO_ZERO_DAYS = 21
FEWEST_BILLS = 4
BILL_RATIO, BILL_LEAST_L_A_DAY = 2, 167  # 10 m³ in two months


class Sign(StrEnum):
    NO_ZERO_HOUR = "no_zero_hour"
    NIGHT_FLOW = "night_flow"
    STEP = "step"
    NO_ZERO_DAY = "no_zero_day"
    BILL_JUMP = "bill_jump"


CERTAIN = frozenset({Sign.NO_ZERO_HOUR, Sign.NIGHT_FLOW})


@dataclass(frozen=True)
class MeterDay:
    """A day of a smart meter. ``hours_l`` are its 24 hours where the meter sends them."""

    day: date
    used_l: int
    night_l_per_hour: int
    hours_l: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Evidence:
    """A sign and its figures.

    ``count`` hours, nights or days were looked at, since ``since``; ``now_l`` and ``before_l``
    are litres an hour for the first two signs, litres a day for the others.
    """

    sign: Sign
    since: date
    count: int
    now_l: int
    before_l: int | None = None


def signs_of(days: Sequence[MeterDay], *, home: bool = True) -> tuple[Evidence, ...]:
    """The signs that a smart meter's days give, oldest first; the surest first."""
    found = (
        _no_zero_hour(days, home),
        _night_flow(days, home),
        _step(days),
        _no_zero_day(days),
    )
    return tuple(evidence for evidence in found if evidence is not None)


def jump_of_bills(periods: Sequence[tuple[date, int]], year_ago_l: int | None) -> Evidence | None:
    """The sign of the newest bill alone: twice the usual of six, and of a year ago if known.

    ``periods`` are (first day, litres a day), oldest first.
    """
    if len(periods) < FEWEST_BILLS:
        return None
    since, now_l = periods[-1]
    usual = round(median(rate for _, rate in periods[-7:-1]))
    against = max(usual, year_ago_l or 0)
    if now_l < BILL_RATIO * against or now_l - against < BILL_LEAST_L_A_DAY:
        return None
    return Evidence(Sign.BILL_JUMP, since, 1, now_l, against)


def lost_l_a_day(signs: Sequence[Evidence]) -> int | None:
    """What runs away a day, by the smallest flow that was seen; None when no flow tells it."""
    flows = [evidence.now_l for evidence in signs if evidence.sign in CERTAIN]
    return min(flows) * 24 if flows else None


def _flow(home: bool) -> int:
    return HOME_FLOW_L_PER_HOUR if home else BUSINESS_FLOW_L_PER_HOUR


def _no_zero_hour(days: Sequence[MeterDay], home: bool) -> Evidence | None:
    wanted = HOURS_LOOKED_AT if home else BUSINESS_HOURS
    hours: list[int] = []
    since = days[-1].day if days else date.min
    for day in reversed(days):
        if day.hours_l is None or len(hours) >= wanted:
            break
        hours = [*day.hours_l, *hours]
        since = day.day
    if len(hours) < wanted or min(hours) < _flow(home):
        return None
    return Evidence(Sign.NO_ZERO_HOUR, since, len(hours), min(hours))


def _night_flow(days: Sequence[MeterDay], home: bool) -> Evidence | None:
    wanted = NIGHTS_LOOKED_AT if home else BUSINESS_NIGHTS
    nights = days[-wanted:]
    wet = [night for night in nights if night.night_l_per_hour >= _flow(home)]
    needed = NIGHTS_NEEDED if home else BUSINESS_NIGHTS
    # The last night decides: a flow that has stopped is no leak any more.
    if len(wet) < needed or nights[-1].night_l_per_hour < _flow(home):
        return None
    smallest = min(night.night_l_per_hour for night in wet)
    return Evidence(Sign.NIGHT_FLOW, _wet_since(days, _flow(home)), len(wet), smallest)


def _wet_since(days: Sequence[MeterDay], flow: int) -> date:
    """The first of the nights in a row that end with the last one."""
    wet = takewhile(lambda day: day.night_l_per_hour >= flow, reversed(days))
    return list(wet)[-1].day


def _step(days: Sequence[MeterDay]) -> Evidence | None:
    """The longest stretch until now that lies clearly above the four weeks before it."""
    used = [day.used_l for day in days]
    earliest = max(BASE_DAYS, len(used) - STEP_LOOKED_AT_DAYS)
    for start in range(earliest, len(used) - STEP_FEWEST_DAYS + 1):
        base = used[start - BASE_DAYS : start]
        usual = median(base)
        sigma = MAD_TO_SIGMA * median(abs(litres - usual) for litres in base)
        line = max(usual * STEP_RATIO, usual + STEP_LEAST_L, usual + STEP_Z * sigma)
        since = used[start:]
        high = sum(litres > line for litres in since)
        if since[0] > line and since[-1] > line and high >= STEP_DAYS_HIGH * len(since):
            return Evidence(
                Sign.STEP, days[start].day, len(since), round(median(since)), round(usual)
            )
    return None


def _no_zero_day(days: Sequence[MeterDay]) -> Evidence | None:
    """A home that stood still every few days, and no longer does for twice as long as ever."""
    zeros = [place for place, day in enumerate(days) if day.used_l == 0]
    gaps = [later - earlier - 1 for earlier, later in pairwise(zeros)]
    running = [gap for gap in gaps if gap]
    if len(running) < STANDSTILLS_NEEDED:
        return None
    count = len(days) - zeros[-1] - 1
    if count < max(NO_ZERO_DAYS, 2 * max(running)):
        return None
    now = days[-count:]
    return Evidence(Sign.NO_ZERO_DAY, now[0].day, count, min(day.used_l for day in now), 0)
