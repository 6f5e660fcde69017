"""A tariff worked out for one kind of customer: which price on which litres.

Both ways of billing price with these cards, one account in Python (domain/bill.py) and
whole cities in SQL (store/pricing.py), so that the rules stand in one place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from billing_client.domain.tariff import (
    FLAT_TIER,
    MONTHS_A_YEAR,
    Component,
    CustomerClass,
    Limits,
    Tariff,
)

StepKind = Literal["tier", "quota", "plan", "month"]
_Draft = tuple[StepKind, str, str, int, int, int | None, int]  # a Step without its position
MINIMUM = "MINIMUM"
MINIMUM_NAME = "最低收费补足"


@dataclass(frozen=True)
class Kind:
    """What the price depends on, beside the volume. ``months`` are read at once."""

    customer_class: str
    persons: int
    low_income: bool = False
    area: str = ""
    months: int = 1
    part_months: int = MONTHS_A_YEAR


@dataclass(frozen=True)
class Step:
    """One price on one stretch of the counter, (``lo_l``, ``hi_l``]; ``hi_l`` None = no end.

    tier: litres of the tier period. quota: the first litres of the bill. plan: per cent of
    the account's water plan in place of litres. month: once for each month, ``lo_l`` unused.
    """

    kind: StepKind
    position: int
    component: str
    name: str
    tier: int
    lo_l: int
    hi_l: int | None
    price_e4: int


@dataclass(frozen=True)
class Card:
    """``quota_l`` litres of a bill have the quota's prices, the rest those of the tiers."""

    steps: tuple[Step, ...]
    quota_l: int
    minimum_fen: int
    months: int

    def tier_prices_e4(self) -> tuple[int, ...]:
        """All components of a tier together, first tier first; one price where it is flat."""
        totals: dict[int, int] = {}
        for step in self.steps:
            if step.kind == "tier":
                totals[step.tier] = totals.get(step.tier, 0) + step.price_e4
        return tuple(totals[tier] for tier in sorted(totals))


def card_of(tariff: Tariff, kind: Kind, day: date) -> Card:
    """The prices of this kind of customer on ``day``. Raises ValueError for an unknown class."""
    prices = tariff.customer_class(kind.customer_class)
    limits = tariff.limits_for(
        kind.customer_class,
        kind.persons,
        months=kind.months,
        part_months=kind.part_months,
        day=day,
    )
    drafts: list[_Draft] = [
        *_quota(prices, kind),
        *_tiers(_components(prices, kind, day), kind.area, limits),
        *_plan(prices),
        *(("month", it.code, it.name, FLAT_TIER, 0, None, it.price_e4) for it in prices.fixed),
    ]
    steps = tuple(Step(draft[0], number, *draft[1:]) for number, draft in enumerate(drafts, 1))
    return Card(steps, _quota_l(prices, kind), prices.minimum_fen * kind.months, kind.months)


def _components(prices: CustomerClass, kind: Kind, day: date) -> tuple[Component, ...]:
    if kind.low_income and prices.relief and prices.relief.components is not None:
        return prices.relief.components
    return prices.components_in(day.month)


def _tiers(components: Sequence[Component], area: str, limits: Limits) -> Iterator[_Draft]:
    flat = len(limits) == 1
    for component in components:
        if not component.applies_in(area):
            continue
        below = 0
        for index, (limit, price) in enumerate(zip(limits, component.prices_e4, strict=True)):
            tier = FLAT_TIER if flat else index + 1
            yield "tier", component.code, component.name, tier, below, limit, price
            below = limit or 0


def _quota(prices: CustomerClass, kind: Kind) -> Iterator[_Draft]:
    quota_l = _quota_l(prices, kind)
    if not quota_l or prices.relief is None or prices.relief.quota is None:
        return
    for it in prices.relief.quota.components:
        name = f"{it.name}({prices.relief.name})"
        yield "quota", it.code, name, FLAT_TIER, 0, quota_l, it.prices_e4[0]


def _quota_l(prices: CustomerClass, kind: Kind) -> int:
    if not kind.low_income or prices.relief is None or prices.relief.quota is None:
        return 0
    quota = prices.relief.quota
    heads = kind.persons if quota.scope == "PERSON" else 1
    return quota.litres_a_month * heads * kind.months


def _plan(prices: CustomerClass) -> Iterator[_Draft]:
    if prices.over_plan is None:
        return
    below = 100
    for number, band in enumerate(prices.over_plan.bands, start=1):
        upto = None if band.upto_percent is None else 100 + band.upto_percent
        code, name = prices.over_plan.code, prices.over_plan.name
        yield "plan", code, name, number, below, upto, band.price_e4
        below = upto or 0
