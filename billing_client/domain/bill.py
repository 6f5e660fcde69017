"""What a bill amounts to. The rounding rule of all bills stands here (``fen_of_e5``):

lines are exact, each component is rounded once to fen, half up, and the total is the sum
of the components. So 77.25 m³ at a price of two tiers is never rounded tier by tier.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from billing_client.domain.money import E4_A_YUAN, LITRES_A_M3, fen_of_e5
from billing_client.domain.price_card import MINIMUM, MINIMUM_NAME, Card, Kind, Step, card_of
from billing_client.domain.tariff import FLAT_TIER, Limits, Tariff

CUBIC_METRE, MONTH, ONCE = "m3", "month", "once"
LINES_A_PART = 1_000  # line = part x this + position of the price on its card
FEN_A_YUAN = 100


@dataclass(frozen=True)
class Line:
    """The volume of one component in one tier. ``amount_e5`` = volume_l x price_e4, in 1e-5 fen.

    Of a charge by the month or at once, ``volume_l`` counts thousandths of it.
    """

    component: str
    name: str
    tier: int  # 1 2 3, 0 = flat price
    volume_l: int
    price_e4: int
    unit: str = CUBIC_METRE
    part: int = 1  # 2 and more: prices that changed in the middle of the reading
    number: int = 0

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
class Part:
    """The litres of a bill that one card prices. ``plan_l``: the account's water plan."""

    card: Card
    prior_l: int
    before_l: int  # used on this bill before the part
    used_l: int
    plan_l: int | None = None


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
    """The bill of ``used_l`` after ``prior_l`` in the same tier period, without a special case.

    Tiers without volume have no line; a component without volume is an item of 0 fen.
    Raises ValueError for a class that the tariff does not price, or a negative volume.
    """
    card = card_of(tariff, Kind(customer_class, persons), tariff.valid_from)
    return compute_parts([Part(card, prior_l, 0, used_l)])


def compute_parts(parts: Sequence[Part]) -> ComputedBill:
    """The bill of all parts together. Charges by the month are those of the last card."""
    if any(part.used_l < 0 or part.prior_l < 0 for part in parts):
        raise ValueError("volumes on a bill are never negative")
    lines = [line for number, part in enumerate(parts, 1) for line in _lines(part, number)]
    last = len(parts)
    lines += _monthly(parts[-1].card, last)
    items = _items(parts, lines)
    short_fen = parts[-1].card.minimum_fen - sum(item.amount_fen for item in items)
    if short_fen > 0:
        lines.append(_minimum(short_fen, last))
        items.append(Item(MINIMUM, MINIMUM_NAME, short_fen))
    return ComputedBill(tuple(lines), tuple(items))


def recomputed_fen(lines: Iterable[Line]) -> int:
    """The total that the stored lines give, by the same rounding."""
    exact: dict[str, int] = {}
    for line in lines:
        exact[line.component] = exact.get(line.component, 0) + line.amount_e5
    return sum(fen_of_e5(amount) for amount in exact.values())


def tiers_of(
    lines: Iterable[Line], limits_l: Limits, over_plan: frozenset[str] = frozenset({"OVER_PLAN"})
) -> tuple[TierSplit, ...]:
    """The lines put together by tier: volume, and the price of all components."""
    tiers: dict[tuple[int, int], tuple[int, int]] = {}
    for line in lines:
        if line.unit != CUBIC_METRE or line.component in over_plan:
            continue
        _, price = tiers.get((line.part, line.tier), (0, 0))
        tiers[line.part, line.tier] = (line.volume_l, price + line.price_e4)
    return tuple(
        TierSplit(tier, None if tier == FLAT_TIER else limits_l[tier - 1], volume, price)
        for (_, tier), (volume, price) in sorted(tiers.items())
    )


def _lines(part: Part, number: int) -> Iterator[Line]:
    cheap_l = max(0, min(part.used_l, part.card.quota_l - part.before_l))
    for step in part.card.steps:
        volume = _volume(step, part, cheap_l)
        if volume > 0 and step.price_e4:
            yield _line(step, volume, CUBIC_METRE, number)


def _volume(step: Step, part: Part, cheap_l: int) -> int:
    """The litres of the part that lie on the step."""
    if step.kind == "quota":
        return cheap_l
    lo, hi = step.lo_l, step.hi_l
    if step.kind == "month" or (step.kind == "plan" and part.plan_l is None):
        return 0
    first, last = part.prior_l, part.prior_l + part.used_l
    if step.kind == "plan":
        assert part.plan_l is not None
        lo = part.plan_l * lo // 100
        hi = None if hi is None else part.plan_l * hi // 100
    else:
        first += cheap_l
    return (last if hi is None else min(last, hi)) - max(first, lo)


def _monthly(card: Card, part: int) -> list[Line]:
    steps = [step for step in card.steps if step.kind == "month" and step.price_e4]
    return [_line(step, card.months * LITRES_A_M3, MONTH, part) for step in steps]


def _line(step: Step, volume: int, unit: str, part: int) -> Line:
    number = part * LINES_A_PART + step.position
    component, name = step.component, step.name
    return Line(component, name, step.tier, volume, step.price_e4, unit, part, number)


def single_charge(code: str, name: str, fen: int) -> tuple[tuple[Line, ...], tuple[Item, ...]]:
    """The line and the item of a bill of no water: so many fen, once."""
    return (_once(code, name, fen, 1, LINES_A_PART),), (Item(code, name, fen),)


def _minimum(short_fen: int, part: int) -> Line:
    return _once(MINIMUM, MINIMUM_NAME, short_fen, part, (part + 1) * LINES_A_PART - 1)


def _once(code: str, name: str, fen: int, part: int, number: int) -> Line:
    price_e4 = fen * (E4_A_YUAN // FEN_A_YUAN)
    return Line(code, name, FLAT_TIER, LITRES_A_M3, price_e4, ONCE, part, number)


def _items(parts: Sequence[Part], lines: Iterable[Line]) -> list[Item]:
    """One a component of the cards, in their order; plan and quota only where they cost."""
    names: dict[str, str] = {}
    for part in parts:
        for step in part.card.steps:
            if step.kind in ("tier", "month"):
                names.setdefault(step.component, step.name)
    exact = dict.fromkeys(names, 0)
    for line in lines:
        names.setdefault(line.component, line.name)
        exact[line.component] = exact.get(line.component, 0) + line.amount_e5
    return [Item(code, names[code], fen_of_e5(amount)) for code, amount in exact.items()]
