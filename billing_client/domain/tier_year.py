"""The span whose volumes are counted against the tier limits, and where it stands."""

from dataclasses import dataclass
from datetime import date, timedelta

from billing_client.domain.period import first_day, period_of
from billing_client.domain.tariff import MONTHS_A_YEAR, Tariff, TierPeriod


@dataclass(frozen=True)
class LastBill:
    """The bill before: where it stopped on the counter."""

    period: str
    tariff_id: str
    prior_l: int
    used_l: int


def span_of(day: date, period: TierPeriod, opened_on: date | None = None) -> tuple[date, date]:
    """First and last day of the tier year (or month, or two) that holds ``day``.

    天津 counts from 1 March to the end of February, most cities from 1 January, 南京 from
    the month in which the account was opened. Two months are January and February, and so on.
    """
    if period.unit == "MONTH":
        return day.replace(day=1), _month_end(day)
    if period.unit == "TWO_MONTHS":
        first = day.replace(month=(day.month - 1) // 2 * 2 + 1, day=1)
        return first, _month_end(first.replace(month=first.month + 1))
    month, start_day = period.start_month, period.start_day
    if period.anchor == "ACCOUNT" and opened_on is not None:
        month, start_day = opened_on.month, 1
    first = date(day.year, month, start_day)
    if first > day:
        first = first.replace(year=day.year - 1)
    return first, first.replace(year=first.year + 1) - timedelta(days=1)


def counted_before(last: LastBill | None, tariff: Tariff, period: str, opened_on: date) -> int:
    """Litres already counted when the bill of ``period`` begins: 0 in a new span.

    Also 0 at the first bill of a tariff that restarts the counter (西安 2015).
    """
    if last is None:
        return 0
    first, _ = span_of(first_day(period), tariff.period, opened_on)
    if last.period < period_of(first):
        return 0
    if tariff.counter_on_change == "RESTART" and last.tariff_id != tariff.tariff_id:
        return 0
    return last.prior_l + last.used_l


def part_months(tariff: Tariff, period: str, opened_on: date) -> int:
    """How many months of the tier year the account has, when limits follow them."""
    first, last = span_of(first_day(period), tariff.period, opened_on)
    if tariff.part_year == "FULL" or tariff.period.unit != "YEAR" or opened_on < first:
        return MONTHS_A_YEAR
    return (last.year - opened_on.year) * MONTHS_A_YEAR + last.month - opened_on.month + 1


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
