"""Billing periods: months written '2026-10', and when their bills are issued and due."""

from datetime import date, timedelta

from billing_client.domain.business_day import next_business_day

ISSUE_DAY = 5  # of the month after the period; a habit of the utility, not a law
DUE_DAY = 5  # of the month after the issue


def period_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def first_day(period: str) -> date:
    """Raises ValueError for anything but 'YYYY-MM'."""
    return date.fromisoformat(f"{period}-01")


def last_day(period: str) -> date:
    return first_day(shifted(period, 1)) - timedelta(days=1)


def shifted(period: str, months: int) -> str:
    """The period so many months later, or earlier when negative."""
    first = first_day(period)
    count = first.year * 12 + first.month - 1 + months
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def issued_on(period: str) -> date:
    return first_day(shifted(period, 1)).replace(day=ISSUE_DAY)


def due_on(period: str) -> date:
    """The last day to pay; a weekend or holiday moves it to the next working day."""
    return next_business_day(first_day(shifted(period, 2)).replace(day=DUE_DAY))


def months_between(earlier: str, later: str) -> int:
    """'2026-08' to '2026-10' is 2."""
    first, last = first_day(earlier), first_day(later)
    return (last.year - first.year) * 12 + last.month - first.month
