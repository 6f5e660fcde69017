"""The price table of a customer class, in the words of the tariff."""

from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.money import E4_A_YUAN, LITRES_A_M3
from billing_client.domain.tariff import CustomerClass, Household, Tariff
from billing_client.services import tariffs
from billing_client.views import TariffView

RESIDENT = "RESIDENT"


async def table(connection: AsyncConnection, customer_class: str | None, today: date) -> TariffView:
    """The table in force; the residents' when no class is named or the tariff lacks it."""
    tariff = await tariffs.in_force(connection, today)
    code = customer_class or RESIDENT
    if code not in tariff.classes:
        code = RESIDENT
    prices = tariff.customer_class(code)
    return TariffView(
        tariff_id=tariff.tariff_id,
        city=tariff.city,
        customer_class=prices.code,
        class_name=prices.name,
        limits_m3=tuple(None if limit is None else _m3(limit) for limit in prices.limits_l),
        totals=tuple(_yuan(price) for price in prices.total_prices_e4()),
        components=_components(prices),
        year_start=_year_start(tariff),
        household=None if tariff.household is None else _household(tariff.household),
        valid_from=tariff.valid_from,
        source=tariff.source,
    )


def _components(prices: CustomerClass) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (component.name, tuple(_yuan(price) for price in component.prices_e4))
        for component in prices.components
    )


def _year_start(tariff: Tariff) -> str | None:
    period = tariff.period
    return None if period.unit == "MONTH" else f"{period.start_month:02d}-{period.start_day:02d}"


def _household(rule: Household) -> dict[str, object]:
    return {"mode": rule.mode, "base": rule.base, "steps_m3": [_m3(step) for step in rule.steps_l]}


def _m3(litres: int) -> str:
    exact = Decimal(litres) / LITRES_A_M3
    return f"{exact.normalize():f}"


def _yuan(price_e4: int) -> str:
    """At least two decimals: 49000 → '4.90', 19620 → '1.962'."""
    exact = Decimal(price_e4) / E4_A_YUAN
    return f"{exact:.2f}" if price_e4 % 100 == 0 else f"{exact.normalize():f}"
