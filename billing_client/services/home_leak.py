"""Whether an account's figures show a leak, from the finest ones that it has."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.analysis_views import LeakSignView, LeakView
from billing_client.domain import leak
from billing_client.domain.leak import Evidence
from billing_client.domain.period import period_of, shifted
from billing_client.services import billed_periods, meter_days, use_prices
from billing_client.services.billed_periods import BilledPeriod
from billing_client.store.tables import account

DAYS_READ = 120
STALE_AFTER = timedelta(days=4)  # a meter that has been silent so long tells nothing of now
DAYS_A_MONTH = 30
HOMES = frozenset({"RESIDENT"})


async def leak_signs(connection: AsyncConnection, account_no: str, today: date) -> LeakView:
    """The signs with their figures; from bills alone where no meter sends its days."""
    since = today - timedelta(days=DAYS_READ)
    days = await meter_days.days(connection, account_no, since, today)
    days = meter_days.unbroken(days)
    if not days or days[-1].day < today - STALE_AFTER:
        return await _from_bills(connection, account_no)
    query = select(account.c.customer_class).where(account.c.account_no == account_no)
    customer_class = (await connection.execute(query)).scalar_one()
    signs = leak.signs_of(days, home=customer_class in HOMES)
    lost = leak.lost_l_a_day(signs)
    return LeakView(
        account_no=account_no,
        verdict=_verdict(signs),
        source="days" if days[-1].hours_l is None else "hours",
        newest_on=days[-1].day,
        signs=_views(signs),
        lost_l_a_day=lost,
        lost_fen_a_month=None if lost is None else await _cost(connection, account_no, lost, today),
    )


async def _from_bills(connection: AsyncConnection, account_no: str) -> LeakView:
    periods = await billed_periods.newest(connection, account_no)
    jump = leak.jump_of_bills(
        [(one.read_from + timedelta(days=1), one.used_l // one.days) for one in periods],
        _year_ago(periods),
    )
    signs = () if jump is None else (jump,)
    return LeakView(
        account_no=account_no,
        verdict=_verdict(signs) if len(periods) >= leak.FEWEST_BILLS else "unknown",
        source="bills" if periods else "nothing",
        newest_on=periods[-1].read_to if periods else None,
        signs=_views(signs),
        lost_l_a_day=None,
        lost_fen_a_month=None,
    )


def _year_ago(periods: list[BilledPeriod]) -> int | None:
    if not periods:
        return None
    label = shifted(periods[-1].period, -12)
    return next((one.used_l // one.days for one in periods if one.period == label), None)


def _verdict(signs: tuple[Evidence, ...]) -> str:
    if any(evidence.sign in leak.CERTAIN for evidence in signs):
        return "likely"
    return "possible" if signs else "none"


def _views(signs: tuple[Evidence, ...]) -> tuple[LeakSignView, ...]:
    return tuple(
        LeakSignView(sign.sign.value, sign.since, sign.count, sign.now_l, sign.before_l)
        for sign in signs
    )


async def _cost(connection: AsyncConnection, account_no: str, lost: int, today: date) -> int:
    prices = await use_prices.prices_for(connection, account_no, period_of(today))
    return prices.fen_in_tier(lost * DAYS_A_MONTH)
