"""The span whose volumes are counted against the tier limits."""

from datetime import date, timedelta

from billing_client.domain.tariff import TierPeriod


def span_of(day: date, period: TierPeriod) -> tuple[date, date]:
    """First and last day of the tier year (or month) that holds ``day``.

    天津 counts from 1 March to the end of February, most cities from 1 January.
    """
    if period.unit == "MONTH":
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    first = date(day.year, period.start_month, period.start_day)
    if first > day:
        first = first.replace(year=day.year - 1)
    return first, first.replace(year=first.year + 1) - timedelta(days=1)
