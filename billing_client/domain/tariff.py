"""Tariffs as data: what a JSON of ``billing_client/tariffs`` means.

Rules common to the published Chinese tariffs: a boundary volume belongs to the
lower tier, only the part above a limit pays the higher price, and unused volume
of a tier is never carried over. Prices are yuan a m³ as decimal strings in the
data and 1e-4 yuan here; limits are m³ in the data and litres here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from billing_client.domain.money import litres, price_e4

FLAT_TIER = 0

HouseholdMode = Literal["SHIFT", "PER_CAPITA"]
Limits = tuple[int | None, ...]


@dataclass(frozen=True)
class Component:
    """One price on the bill, e.g. 污水处理费. ``prices_e4`` has one price a tier.

    Where the fee is charged on a share of the volume (上海: 0.9), the prices carry the share.
    """

    code: str
    name: str
    prices_e4: tuple[int, ...]
    prices: tuple[str, ...]  # in the words of the tariff


@dataclass(frozen=True)
class CustomerClass:
    """The prices of one class. ``limits_l`` ends with None; a flat class has no other entry."""

    code: str
    name: str
    limits_l: Limits
    components: tuple[Component, ...]

    @property
    def flat(self) -> bool:
        return len(self.limits_l) == 1

    def total_prices_e4(self) -> tuple[int, ...]:
        """The price of all components together, one a tier."""
        return tuple(
            sum(component.prices_e4[tier] for component in self.components)
            for tier in range(len(self.limits_l))
        )


@dataclass(frozen=True)
class Household:
    """How the limits grow with the persons of a household (一户多人口).

    SHIFT: each person above ``base`` moves limit i by ``steps_l[i]``.
    PER_CAPITA: above ``base``, limit i is ``steps_l[i]`` for each person.
    """

    mode: HouseholdMode
    base: int
    steps_l: tuple[int, ...]


@dataclass(frozen=True)
class TierPeriod:
    """Over which span volumes are counted against the limits: a month, or a year from ``start``."""

    unit: Literal["YEAR", "MONTH"]
    start_month: int = 1
    start_day: int = 1


@dataclass(frozen=True)
class Tariff:
    tariff_id: str
    city: str
    valid_from: date
    valid_to: date | None
    source: str
    period: TierPeriod
    household: Household | None
    classes: Mapping[str, CustomerClass]

    def customer_class(self, code: str) -> CustomerClass:
        """Raises ValueError when the tariff has no prices for this class."""
        if code not in self.classes:
            raise ValueError(f"tariff {self.tariff_id} has no class {code}")
        return self.classes[code]

    def limits_for(self, code: str, persons: int) -> Limits:
        """The tier limits in litres of a household of this size."""
        limits = self.customer_class(code).limits_l
        rule = self.household
        if len(limits) == 1 or rule is None or persons <= rule.base:
            return limits
        grown: list[int | None] = []
        for limit, step in zip(limits[:-1], rule.steps_l, strict=True):
            assert limit is not None
            extra = persons - rule.base
            grown.append(step * persons if rule.mode == "PER_CAPITA" else limit + step * extra)
        return (*grown, None)


def split(volume_l: int, prior_l: int, limits_l: Limits) -> tuple[int, ...]:
    """The litres that fall into each tier when ``prior_l`` were used in the period before."""
    position, left, parts = prior_l, volume_l, list[int]()
    for limit in limits_l:
        part = left if limit is None else max(0, min(left, limit - position))
        parts.append(part)
        position, left = position + part, left - part
    return tuple(parts)


def parse(data: Mapping[str, Any]) -> Tariff:
    """Read the JSON of a tariff. Raises ValueError naming what is wrong in it."""
    try:
        return Tariff(
            tariff_id=data["tariff_id"],
            city=data["city"],
            valid_from=date.fromisoformat(data["valid_from"]),
            valid_to=date.fromisoformat(data["valid_to"]) if data.get("valid_to") else None,
            source=data["source"],
            period=_period(data["period"]),
            household=_household(data.get("household")),
            classes={code: _class(code, entry) for code, entry in data["classes"].items()},
        )
    except KeyError as missing:
        raise ValueError(f"tariff {data.get('tariff_id')} lacks {missing}") from missing


def _period(data: Mapping[str, Any]) -> TierPeriod:
    if data["unit"] == "MONTH":
        return TierPeriod("MONTH")
    month, day = (int(part) for part in data.get("start", "01-01").split("-"))
    return TierPeriod("YEAR", month, day)


def _household(data: Mapping[str, Any] | None) -> Household | None:
    if data is None:
        return None
    steps: Sequence[str] = data["per_person" if data["mode"] == "PER_CAPITA" else "per_extra"]
    return Household(data["mode"], data["base"], tuple(litres(step) for step in steps))


def _class(code: str, data: Mapping[str, Any]) -> CustomerClass:
    limits = tuple(None if m3 is None else litres(m3) for m3 in data.get("tiers_upto", [None]))
    if limits[-1] is not None or None in limits[:-1]:
        raise ValueError(f"class {code}: exactly the last tier is without a limit")
    components = tuple(_component(entry) for entry in data["components"])
    for component in components:
        if len(component.prices_e4) != len(limits):
            raise ValueError(f"class {code}: {component.code} needs a price for each tier")
    return CustomerClass(code, data["name"], limits, components)


def _component(data: Mapping[str, Any]) -> Component:
    ratio: str = data.get("volume_ratio", "1")
    prices: tuple[str, ...] = tuple(data["prices"])
    exact = tuple(price_e4(price, ratio) for price in prices)
    return Component(data["code"], data["name"], exact, prices)
