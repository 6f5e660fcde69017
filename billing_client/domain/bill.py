"""What a bill amounts to: exact lines, one rounding a component, the total their sum."""

from collections.abc import Iterable
from dataclasses import dataclass

from billing_client.domain.money import fen_of_e5
from billing_client.domain.tariff import FLAT_TIER, Limits, Tariff, split


@dataclass(frozen=True)
class Line:
    """The volume of one component in one tier. ``amount_e5`` = volume_l x price_e4, in 1e-5 fen."""

    component: str
    name: str
    tier: int  # 1 2 3, 0 = flat price
    volume_l: int
    price_e4: int

    @property
    def amount_e5(self) -> int:
        return self.volume_l * self.price_e4


@dataclass(frozen=True)
class Item:
    """A component's amount, rounded once, half up, to fen."""

    component: str
    name: str
    amount_fen: int


@dataclass(frozen=True)
class ComputedBill:
    lines: tuple[Line, ...]
    items: tuple[Item, ...]

    @property
    def total_fen(self) -> int:
        return sum(item.amount_fen for item in self.items)


@dataclass(frozen=True)
class TierSplit:
    """One tier of a bill, all components together."""

    tier: int
    upto_l: int | None
    volume_l: int
    price_e4: int


def compute(
    tariff: Tariff, customer_class: str, *, persons: int, prior_l: int, used_l: int
) -> ComputedBill:
    """The bill of ``used_l`` after ``prior_l`` in the same tier period.

    Tiers without volume have no line; a component without volume is an item of 0 fen.
    Raises ValueError for a class that the tariff does not price, or a negative volume.
    """
    if used_l < 0 or prior_l < 0:
        raise ValueError("volumes on a bill are never negative")
    prices = tariff.customer_class(customer_class)
    parts = split(used_l, prior_l, tariff.limits_for(customer_class, persons))
    lines = tuple(
        Line(
            component.code,
            component.name,
            FLAT_TIER if prices.flat else index + 1,
            volume,
            component.prices_e4[index],
        )
        for component in prices.components
        for index, volume in enumerate(parts)
        if volume
    )
    named = [(component.code, component.name) for component in prices.components]
    return ComputedBill(lines, tuple(_item(code, name, lines) for code, name in named))


def recomputed_fen(lines: Iterable[Line]) -> int:
    """The total that the stored lines give, by the same rounding."""
    exact: dict[str, int] = {}
    for line in lines:
        exact[line.component] = exact.get(line.component, 0) + line.amount_e5
    return sum(fen_of_e5(amount) for amount in exact.values())


def tiers_of(lines: Iterable[Line], limits_l: Limits) -> tuple[TierSplit, ...]:
    """The lines put together by tier: volume, and the price of all components."""
    tiers: dict[int, tuple[int, int]] = {}
    for line in lines:
        _, price = tiers.get(line.tier, (0, 0))
        tiers[line.tier] = (line.volume_l, price + line.price_e4)
    return tuple(
        TierSplit(tier, None if tier == FLAT_TIER else limits_l[tier - 1], volume, price)
        for tier, (volume, price) in sorted(tiers.items())
    )


def _item(code: str, name: str, lines: tuple[Line, ...]) -> Item:
    exact = sum(line.amount_e5 for line in lines if line.component == code)
    return Item(code, name, fen_of_e5(exact))
