"""Estimated use when a meter could not be read: by days, corrected at the next real reading.

The mean of the last months is what local rules ask for (商丘市城市供水条例 art. 29: three
months; 湖北 and others: twelve). How many, and after how many estimates somebody is sent,
is configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

LITRES_A_M3 = 1_000

Method = Literal["AVERAGE", "SAME_PERIOD_LAST_YEAR", "LAST", "NEW_METER_DAILY"]


@dataclass(frozen=True)
class Span:
    """A stretch of measured use."""

    read_from: date
    read_to: date
    used_l: int

    @property
    def days(self) -> int:
        return (self.read_to - self.read_from).days


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
