"""Estimated use when a meter could not be read: by days, corrected at the next real reading.

The mean of the last months is what local rules ask for (商丘市城市供水条例 art. 29: three
months; 湖北 and others: twelve). How many, and after how many estimates somebody is sent,
is configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from billing_client.domain.reading import PastReading, Source

LITRES_A_M3 = 1_000
SPANS, MOST_IN_A_ROW = 3, 2


@dataclass(frozen=True)
class EstimateRule:
    """The mean of the last ``spans``; after ``most_in_a_row`` estimates somebody is sent."""

    spans: int = SPANS
    most_in_a_row: int = MOST_IN_A_ROW


@dataclass(frozen=True)
class Span:
    """A stretch of measured use."""

    read_from: date
    read_to: date
    used_l: int

    @property
    def days(self) -> int:
        return (self.read_to - self.read_from).days


@dataclass(frozen=True)
class Estimate:
    index_l: int
    in_a_row: int  # estimates since the last real reading, this one included


def by_average(spans: Sequence[Span], days: int) -> int:
    """The mean of the spans over ``days``, in whole m³ (as litres), floored for the customer.

    Spans of 20 m³/30 d, 34 m³/61 d and 18 m³/29 d give 36 m³ for 60 days. 0 without spans.
    """
    measured = sum(span.days for span in spans)
    if measured <= 0:
        return 0
    litres = sum(span.used_l for span in spans) * days // measured
    return litres // LITRES_A_M3 * LITRES_A_M3


def by_new_meter(used_l: int, ran_days: int, gap_days: int) -> int:
    """The daily use of the new meter over the days the old one failed: 12 m³/24 d × 61 d = 30."""
    if ran_days <= 0:
        return 0
    return used_l * gap_days // ran_days // LITRES_A_M3 * LITRES_A_M3


def estimate(
    history: Sequence[PastReading], on: date, rule: EstimateRule = EstimateRule()
) -> Estimate | None:
    """Where the meter may stand on a day; None without a real reading before it.

    ``history`` is oldest first and holds estimates too: the figure never lies below one.
    """
    before = [past for past in history if past.read_on < on]
    real = [past for past in before if past.source is not Source.ESTIMATE]
    if not real:
        return None
    last = real[-1]
    recent = real[-rule.spans - 1 :]
    spans = [
        Span(one.read_on, two.read_on, two.index_l - one.index_l) for one, two in pairwise(recent)
    ]
    guessed = [past for past in before if past.read_on > last.read_on]
    index_l = last.index_l + by_average(spans, (on - last.read_on).days)
    return Estimate(max([index_l, *(past.index_l for past in guessed)]), len(guessed) + 1)
