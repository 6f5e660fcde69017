"""The two years behind a situation: how much was used, which bills were paid and when."""

from datetime import datetime, timedelta
from random import Random

from billing_client.demo.books import BilledMonth, Paid
from billing_client.demo.calendar import Month, at
from billing_client.demo.situation import BadSituation, Situation
from billing_client.demo.water_use import month_m3, spread
from billing_client.domain.tariff import Limits, Tariff
from billing_client.pay.settings import SANDBOX

USUAL_M3 = {
    "RESIDENT": 11,
    "SHARED": 160,
    "INSTITUTION": 220,
    "NON_RESIDENT": 45,
    "SPECIAL": 120,
}
STEP_MONTHS = 3
STEP_PERCENT = 220
LEAK_M3 = 18  # a month of 24 litres an hour
METER_REPLACED_MONTHS_AGO = 4
PAID_AFTER = timedelta(days=3)
AUTOPAY_MONTHS = 6


def past_of(
    it: Situation, random: Random, months: tuple[Month, ...], tariff: Tariff, now: datetime
) -> list[BilledMonth]:
    """The billed months, oldest first. Raises BadSituation when tier and use disagree."""
    unpaid = _unpaid_periods(it, months, now)
    signed = it.autopay in ("active", "failed", "ended")
    billed: list[BilledMonth] = []
    for number, (month, used_m3) in enumerate(
        zip(months, _volumes(it, random, months, tariff), strict=True)
    ):
        kind = "autopay" if signed and number >= len(months) - AUTOPAY_MONTHS else "manual"
        paid_at = min(at(month.issued_on + PAID_AFTER, 10), now - timedelta(minutes=10))
        paid = None if month.period in unpaid else Paid(paid_at, SANDBOX, kind)
        billed.append(BilledMonth(month, used_m3, paid))
    billed[-1].estimated = it.estimated
    if it.invoiced:
        _invoice(billed)
    return billed


def _unpaid_periods(it: Situation, months: tuple[Month, ...], now: datetime) -> set[str]:
    overdue = [month.period for month in months if month.due_on < now.date()]
    unpaid = set(overdue[-it.overdue :] if it.overdue else ())
    return unpaid | {months[-1].period} if it.unpaid else unpaid


def _invoice(billed: list[BilledMonth]) -> None:
    """数电发票 have numbers of 20 digits, the year first; these begin with 00, as none does."""
    newest = next(month for month in reversed(billed) if month.paid)
    newest.invoice_no = f"00{newest.month.period.replace('-', '')}{0:012d}"


def _volumes(it: Situation, random: Random, months: tuple[Month, ...], tariff: Tariff) -> list[int]:
    usual = USUAL_M3[it.customer_class]
    volumes = [month_m3(random, usual, month) for month in months]
    if it.pattern == "step_up":
        for number in range(len(months) - STEP_MONTHS, len(months)):
            volumes[number] = volumes[number] * STEP_PERCENT // 100
    if it.pattern == "night_flow":
        volumes[-1] += LEAK_M3
    wanted_m3 = _year_m3(it, tariff)
    if wanted_m3 is None:
        return volumes
    this_year = [month for month in months if month.year_from == months[-1].year_from]
    weights = volumes[-len(this_year) :]
    return volumes[: -len(this_year)] + spread(wanted_m3, weights)


def _year_m3(it: Situation, tariff: Tariff) -> int | None:
    """What is used in the tier year of the last bill, when the situation says so."""
    if it.tier is None:
        return it.year_used
    limits = [limit // 1_000 for limit in _limits(it, tariff) if limit is not None]
    inside = (limits[0] * 6 // 10, (limits[0] * 2 + limits[1]) // 3, limits[1] + 25)
    if it.year_used is None:
        return inside[it.tier - 1]
    real_tier = 1 + sum(it.year_used > limit for limit in limits)
    if real_tier != it.tier:
        raise BadSituation(f"year_used={it.year_used} 在第 {real_tier} 阶,与 tier={it.tier} 不符。")
    return it.year_used


def _limits(it: Situation, tariff: Tariff) -> Limits:
    return tariff.limits_for(it.customer_class, it.persons)
