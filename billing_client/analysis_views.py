"""What billing reads out of an account's use: signs of a leak, forecast, comparison, advice.

Units as in ``views``: fen, litres, dates in Asia/Shanghai. Each figure can be traced by
docs/analysis.md.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class LeakSignView:
    """``sign``: no_zero_hour, night_flow, step, no_zero_day or bill_jump (domain/leak.py).

    ``now_l`` and ``before_l`` are litres an hour for the first two, litres a day for the rest.
    """

    sign: str
    since: date
    count: int  # hours, nights or days that show it; 1 bill
    now_l: int
    before_l: int | None


@dataclass(frozen=True)
class LeakView:
    """``verdict``: likely (water runs without a pause), possible (use jumped), none, unknown."""

    account_no: str
    verdict: str
    source: str  # hours | days | bills | nothing
    newest_on: date | None  # the last day the figures reach to
    signs: tuple[LeakSignView, ...]
    lost_l_a_day: int | None  # by the smallest flow seen, so rather too little
    lost_fen_a_month: int | None  # 30 days at the price of the tier that the account is in


@dataclass(frozen=True)
class ForecastView:
    """The next bill. ``low``–``high`` holds for four bills in five (docs/analysis.md)."""

    account_no: str
    period: str
    issued_on: date
    source: str  # days (a smart meter) | bills
    periods: int  # past bills that were looked at
    so_far_l: int | None  # measured in this period until ``measured_on``
    measured_on: date | None
    days_left: int
    used_l: int
    low_l: int
    high_l: int
    fen: int
    low_fen: int
    high_fen: int
    tier: int  # that the bill ends in, 0 = flat price
    tier_begins: bool  # this bill enters a tier that the last one had not reached


@dataclass(frozen=True)
class LikeHouseholdsView:
    """The account beside households of its class, persons and area, in its newest period."""

    account_no: str
    period: str
    area: str
    persons: int
    households: int  # others, at least 10
    own_l: int
    median_l: int
    thrifty_l: int  # a fifth of them use less
    percent_using_less: int  # of the others


@dataclass(frozen=True)
class FindingView:
    """Something that saves, and how much a month.

    ``finding``: leak, step, above_others, next_tier, high_tier or household_size. What is
    compared: litres a day for leak and step, litres a bill for above_others, litres left in
    the tier and the next bill for next_tier; persons registered and needed for household_size.
    """

    finding: str
    now: int
    against: int
    save_l: int
    save_fen: int


@dataclass(frozen=True)
class SavingAdviceView:
    """Findings, the one that saves most first; without one the use is in order."""

    account_no: str
    findings: tuple[FindingView, ...]


@dataclass(frozen=True)
class BillChangeView:
    """Why a bill differs from an earlier one; the four parts add up to the difference.

    ``use_fen``: more or less water at the first tier's price. ``tier_fen``: what higher tiers
    cost on top. ``price_fen``: the first tier's price itself. ``other_fen``: the rest, such as
    fixed charges and the rounding to fen.
    """

    against: str  # previous | year_ago
    period: str
    total_fen: int
    used_l: int
    days: int
    estimated: bool
    own_days: int
    use_fen: int
    tier_fen: int
    price_fen: int
    other_fen: int
