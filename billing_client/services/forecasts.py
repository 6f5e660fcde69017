"""The next bill of an account: volume from its meter's days or its bills, fen by its tariff."""

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.analysis_views import ForecastView
from billing_client.domain import forecast
from billing_client.domain.forecast import VolumeForecast
from billing_client.domain.leak import MeterDay
from billing_client.domain.period import issued_on, last_day, shifted
from billing_client.services import billed_periods, meter_days, neighbours, use_prices
from billing_client.services.billed_periods import BilledPeriod

DAYS_READ = forecast.MISSES_FROM_DAYS + 31
STALE_AFTER = timedelta(days=4)


async def next_bill(
    connection: AsyncConnection, account_no: str, today: date
) -> ForecastView | None:
    """None when the account has too short a past to say anything."""
    past = await billed_periods.newest(connection, account_no)
    if len(past) < forecast.FEWEST_PERIODS:
        return None
    coming = _Coming(past)
    days = await meter_days.days(connection, account_no, today - timedelta(days=DAYS_READ), today)
    days = meter_days.unbroken(days)
    found = _from_days(coming, days, today)
    measured = days[-1].day if found else None
    if found is None:
        like = await neighbours.l_a_day_by_period(connection, account_no)
        own = [one.past for one in past]
        found = forecast.from_bills(own, coming.period, coming.days, like)
    assert found is not None  # there are enough periods
    return await _priced(connection, account_no, coming, found, days if measured else [])


class _Coming:
    """The period after the last billed one, read on the same day of its last month."""

    def __init__(self, past: list[BilledPeriod]) -> None:
        self.past = past
        self.starts_after = past[-1].read_to
        self.period = shifted(past[-1].period, _months_a_period(past))
        # Read as far from the end of the month as the last one was.
        from_month_end = past[-1].read_to - last_day(past[-1].period)
        self.ends_on = last_day(self.period) + from_month_end
        self.days = max(1, (self.ends_on - self.starts_after).days)

    def days_left(self, days: list[MeterDay]) -> int:
        newest = days[-1].day if days else self.starts_after
        return max(0, (self.ends_on - max(newest, self.starts_after)).days)

    def so_far_l(self, days: list[MeterDay]) -> int:
        return sum(day.used_l for day in days if self.starts_after < day.day <= self.ends_on)


def _months_a_period(past: list[BilledPeriod]) -> int:
    """1 where bills come every month, 2 where every other month."""
    (year, month), (year_before, month_before) = (
        map(int, one.period.split("-")) for one in (past[-1], past[-2])
    )
    return max(1, (year - year_before) * 12 + month - month_before)


def _from_days(coming: _Coming, days: list[MeterDay], today: date) -> VolumeForecast | None:
    """None when the meter is silent, or did not cover the period from its beginning."""
    if not days or days[-1].day < today - STALE_AFTER:
        return None
    if days[0].day > coming.starts_after + timedelta(days=1):
        return None
    used = [day.used_l for day in days]
    return forecast.from_days(coming.so_far_l(days), coming.days_left(days), used)


async def _priced(
    connection: AsyncConnection,
    account_no: str,
    coming: _Coming,
    found: VolumeForecast,
    days: list[MeterDay],
) -> ForecastView:
    prices = await use_prices.prices_for(connection, account_no, coming.period)
    ends_in = prices.tier(found.used_l)
    return ForecastView(
        account_no=account_no,
        period=coming.period,
        issued_on=issued_on(coming.period),
        source="days" if days else "bills",
        periods=len(coming.past),
        so_far_l=coming.so_far_l(days) if days else None,
        measured_on=days[-1].day if days else None,
        days_left=coming.days_left(days),
        used_l=found.used_l,
        low_l=found.low_l,
        high_l=found.high_l,
        fen=prices.fen(found.used_l),
        low_fen=prices.fen(found.low_l),
        high_fen=prices.fen(found.high_l),
        tier=ends_in,
        tier_begins=ends_in > prices.tier(0) and prices.prior_l > 0,
    )
