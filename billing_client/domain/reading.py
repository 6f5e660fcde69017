"""Is a reading believable? Judged against the meter and its history, with reasons.

Readings are litres on an index that never goes back: after a rollover it counts on where
the register starts again at 0, so that the use between two readings is always a difference.
``shown_l`` is what the dial shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

LITRES_A_M3 = 1_000
HOURS_A_DAY = 24

# A rollover is believed only from the last tenth of the register, and when the pipe could
# have carried the volume (Q3 for 24 h a day).
ROLLOVER_FROM_TENTHS = 9
# Held for review: more than 3 times the average and more than 20 m³ above it. A habit of
# reading systems, no rule of law; both are fields of ``ReadingRule``.
HIGH_FACTOR = 3
HIGH_MORE_L = 20 * LITRES_A_M3
ZERO_DAYS = 90  # no use at all for three months: the meter may stand still
HISTORY_DAYS = 400


class Source(StrEnum):
    ESTIMATE = "estimate"
    CUSTOMER = "customer"
    REMOTE = "remote"
    MANUAL = "manual"


# Of two readings of one day the one further right counts.
PRECEDENCE = (Source.ESTIMATE, Source.CUSTOMER, Source.REMOTE, Source.MANUAL)


class Reason(StrEnum):
    FUTURE = "future"  # the day has not come
    TOO_OLD = "too_old"  # before the meter was fitted, or before the last billed day
    REMOVED = "removed"  # the meter had been taken away
    TOO_MANY_DIGITS = "too_many_digits"  # the register cannot show this
    LOWER = "lower"  # below the last reading: misread, swapped or turned back
    ABOVE_NEXT = "above_next"  # above a later reading that is known
    IMPOSSIBLE = "impossible"  # more than the pipe carries
    TOO_HIGH = "too_high"  # far above the habit
    CHECKED = "checked"  # far above the habit, but looked at twice
    ROLLOVER = "rollover"  # the register started again at 0
    ZERO = "zero"  # no use for months
    BELOW_ESTIMATE = "below_estimate"  # an estimate was too high and is to be corrected


REMARKS = frozenset({Reason.CHECKED, Reason.ROLLOVER, Reason.ZERO, Reason.BELOW_ESTIMATE})
"""Reasons that are noted on an accepted reading; all others refuse it."""


@dataclass(frozen=True)
class MeterFacts:
    """``q3_l_per_hour`` is the permanent flow (Q3) of its data plate; DN15 has 2.5 m³/h.

    ``billed_on`` is the day up to which it was billed: what was measured before is settled.
    """

    installed_on: date
    removed_on: date | None
    initial_l: int
    digits: int = 5
    q3_l_per_hour: int = 2_500
    billed_on: date | None = None

    @property
    def range_l(self) -> int:
        """Where the register starts again: 5 digits of whole m³ show 0 to 99999."""
        return 10**self.digits * LITRES_A_M3


@dataclass(frozen=True)
class PastReading:
    read_on: date
    index_l: int
    source: Source


@dataclass(frozen=True)
class ReadingRule:
    high_factor: int = HIGH_FACTOR
    high_more_l: int = HIGH_MORE_L
    zero_days: int = ZERO_DAYS


@dataclass(frozen=True)
class Verdict:
    """``index_l`` is what the reading means on the index; None when it means nothing."""

    index_l: int | None
    reasons: tuple[Reason, ...] = ()
    used_l: int | None = None  # since the last real reading
    since: date | None = None

    @property
    def accepted(self) -> bool:
        return self.index_l is not None and REMARKS.issuperset(self.reasons)

    @property
    def refusal(self) -> Reason | None:
        """The first reason that refuses it."""
        return next((reason for reason in self.reasons if reason not in REMARKS), None)


def shown(index_l: int, digits: int) -> int:
    """What the dial shows at this point of the index."""
    return index_l % (10**digits * LITRES_A_M3)


def judge(
    shown_l: int,
    read_on: date,
    *,
    meter: MeterFacts,
    history: Sequence[PastReading],
    today: date,
    rule: ReadingRule = ReadingRule(),
    checked: bool = False,
) -> Verdict:
    """Judge a reading against ``history`` (oldest first, without the day itself).

    ``checked``: somebody was sent to look again, so a high use is believed.
    """
    if reason := _out_of_place(shown_l, read_on, meter, today):
        return Verdict(None, (reason,))
    before = _last_real(history, read_on, meter)
    turn_l = before.index_l - shown(before.index_l, meter.digits)
    index_l, remarks = turn_l + shown_l, list[Reason]()
    if index_l < before.index_l:
        if not _rolled_over(index_l + meter.range_l, read_on, before, meter):
            return Verdict(None, (Reason.LOWER,), since=before.read_on)
        index_l, remarks = index_l + meter.range_l, [Reason.ROLLOVER]
    used_l = index_l - before.index_l
    reason = _too_much(used_l, index_l, read_on, before, meter, history, rule)
    if reason is Reason.TOO_HIGH and checked:
        remarks, reason = [*remarks, Reason.CHECKED], None
    if reason is not None:
        return Verdict(index_l, (*remarks, reason), used_l, before.read_on)
    remarks += _remarks(index_l, used_l, read_on, before, history, rule)
    return Verdict(index_l, tuple(remarks), used_l, before.read_on)


def average_l_per_day(history: Sequence[PastReading]) -> Fraction | None:
    """Litres a day over the real readings of the last 400 days; None when they tell nothing.

    By days and not by readings, because periods differ in length.
    """
    real = [past for past in history if past.source is not Source.ESTIMATE]
    if real:
        newest = real[-1].read_on
        real = [past for past in real if (newest - past.read_on).days <= HISTORY_DAYS]
    if len(real) < 2 or real[-1].read_on == real[0].read_on:
        return None
    days = (real[-1].read_on - real[0].read_on).days
    return Fraction(real[-1].index_l - real[0].index_l, days)


def _out_of_place(shown_l: int, read_on: date, meter: MeterFacts, today: date) -> Reason | None:
    if read_on > today:
        return Reason.FUTURE
    if read_on < meter.installed_on or (meter.billed_on and read_on <= meter.billed_on):
        return Reason.TOO_OLD
    if meter.removed_on is not None and read_on > meter.removed_on:
        return Reason.REMOVED
    return Reason.TOO_MANY_DIGITS if shown_l >= meter.range_l else None


def _last_real(history: Sequence[PastReading], read_on: date, meter: MeterFacts) -> PastReading:
    """The last reading that somebody really took; a meter never read stands at its first."""
    start = PastReading(meter.installed_on, meter.initial_l, Source.MANUAL)
    real = (
        past for past in history if past.read_on < read_on and past.source is not Source.ESTIMATE
    )
    return max(real, key=lambda past: past.read_on, default=start)


def _rolled_over(index_l: int, read_on: date, before: PastReading, meter: MeterFacts) -> bool:
    last_tenth = shown(before.index_l, meter.digits) * 10 > ROLLOVER_FROM_TENTHS * meter.range_l
    used_l, days = index_l - before.index_l, max((read_on - before.read_on).days, 1)
    return last_tenth and used_l <= meter.q3_l_per_hour * HOURS_A_DAY * days


def _too_much(
    used_l: int,
    index_l: int,
    read_on: date,
    before: PastReading,
    meter: MeterFacts,
    history: Sequence[PastReading],
    rule: ReadingRule,
) -> Reason | None:
    days = max((read_on - before.read_on).days, 1)
    if used_l > meter.q3_l_per_hour * HOURS_A_DAY * days:
        return Reason.IMPOSSIBLE
    following = [
        past for past in history if past.read_on > read_on and past.source is not Source.ESTIMATE
    ]
    if following and index_l > min(past.index_l for past in following):
        return Reason.ABOVE_NEXT
    habit = average_l_per_day([past for past in history if past.read_on < read_on])
    if habit is None:
        return None
    usual_l = habit * days
    if used_l > rule.high_factor * usual_l and used_l > usual_l + rule.high_more_l:
        return Reason.TOO_HIGH
    return None


def _remarks(
    index_l: int,
    used_l: int,
    read_on: date,
    before: PastReading,
    history: Sequence[PastReading],
    rule: ReadingRule,
) -> list[Reason]:
    found: list[Reason] = []
    estimates = [
        past.index_l
        for past in history
        if past.source is Source.ESTIMATE and before.read_on < past.read_on < read_on
    ]
    if estimates and index_l < max(estimates):
        found.append(Reason.BELOW_ESTIMATE)
    standing = [past for past in history if past.index_l == index_l and past.read_on <= read_on]
    if used_l == 0 and standing and (read_on - standing[0].read_on).days >= rule.zero_days:
        found.append(Reason.ZERO)
    return found
