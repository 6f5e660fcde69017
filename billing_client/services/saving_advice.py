"""What an account could save, each piece of advice tied to a figure of its own."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.analysis_views import (
    FindingView,
    ForecastView,
    LeakView,
    LikeHouseholdsView,
    SavingAdviceView,
)
from billing_client.domain.period import period_of
from billing_client.services import forecasts, home_leak, neighbours, use_prices
from billing_client.services.use_prices import UsePrices

DAYS_A_MONTH = 30
HIGH_AMONG_OTHERS = 75  # per cent of like households use less


async def saving_advice(
    connection: AsyncConnection, account_no: str, today: date
) -> SavingAdviceView:
    """The findings, the one that saves most first."""
    coming = await forecasts.next_bill(connection, account_no, today)
    period = coming.period if coming else period_of(today)
    prices = await use_prices.prices_for(connection, account_no, period)
    found = _leak(await home_leak.leak_signs(connection, account_no, today), prices)
    if not found:  # else the leak explains it
        found = _above_others(await neighbours.compare(connection, account_no), prices)
    found += _tiers(coming, prices)
    return SavingAdviceView(account_no, tuple(sorted(found, key=lambda finding: -finding.save_fen)))


def _leak(seen: LeakView, prices: UsePrices) -> list[FindingView]:
    if seen.lost_l_a_day is not None:
        save_l = seen.lost_l_a_day * DAYS_A_MONTH
        return [FindingView("leak", seen.lost_l_a_day, 0, save_l, prices.fen_in_tier(save_l))]
    steps = [sign for sign in seen.signs if sign.sign == "step"]
    if not steps:
        return []
    before_l = steps[0].before_l or 0
    save_l = (steps[0].now_l - before_l) * DAYS_A_MONTH
    return [FindingView("step", steps[0].now_l, before_l, save_l, prices.fen_in_tier(save_l))]


def _above_others(beside: LikeHouseholdsView | None, prices: UsePrices) -> list[FindingView]:
    if beside is None or beside.percent_using_less < HIGH_AMONG_OTHERS:
        return []
    save_l = beside.own_l - beside.median_l
    saved_fen = prices.fen_in_tier(save_l)
    return [FindingView("above_others", beside.own_l, beside.median_l, save_l, saved_fen)]


def _tiers(coming: ForecastView | None, prices: UsePrices) -> list[FindingView]:
    """Near the next tier, or in a higher one; and whether more persons would widen the tiers."""
    if coming is None or prices.flat:
        return []
    found: list[FindingView] = []
    left_l = prices.left_l()
    if left_l is not None and coming.used_l > left_l:
        over_l = coming.used_l - left_l
        saved_fen = prices.fen(coming.used_l) - prices.fen(left_l)
        found.append(FindingView("next_tier", left_l, coming.used_l, over_l, saved_fen))
    elif prices.tier(0) > 1:
        tenth_l = coming.used_l // 10
        saved_fen = prices.fen(coming.used_l) - prices.fen(coming.used_l - tenth_l)
        found.append(FindingView("high_tier", prices.tier(0), 1, tenth_l, saved_fen))
    needed = prices.persons_for_more()
    if coming.tier > 1 and needed is not None:
        found.append(FindingView("household_size", prices.persons, needed, 0, 0))
    return found
