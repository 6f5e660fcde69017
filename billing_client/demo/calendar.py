"""When the demo city reads its meters: on the last day of each month, which is the period."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing_client.domain import period as billing_period
from billing_client.domain.tariff import TierPeriod
from billing_client.domain.tier_year import span_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS_KEPT = 24


@dataclass(frozen=True)
class Month:
    """One billed month. ``year_from`` is the first day of the tier year that it counts in."""

    period: str  # '2026-10'
    number: int  # 1..12
    read_from: date
    read_to: date
    issued_on: date
    due_on: date
    year_from: date


def month_of(period: str, tier_period: TierPeriod) -> Month:
    first, last = billing_period.first_day(period), billing_period.last_day(period)
    return Month(
        period=period,
        number=first.month,
        read_from=first - timedelta(days=1),
        read_to=last,
        issued_on=billing_period.issued_on(period),
        due_on=billing_period.due_on(period),
        year_from=span_of(last, tier_period)[0],
    )


def billed_months(
    today: date, tier_period: TierPeriod, count: int = MONTHS_KEPT
) -> tuple[Month, ...]:
    """The last ``count`` months whose bills are issued by ``today``, oldest first."""
    newest = billing_period.shifted(billing_period.period_of(today), -1)
    if billing_period.issued_on(newest) > today:
        newest = billing_period.shifted(newest, -1)
    periods = [billing_period.shifted(newest, -back) for back in range(count)]
    return tuple(month_of(period, tier_period) for period in reversed(periods))


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)
