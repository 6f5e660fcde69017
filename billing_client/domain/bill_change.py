"""Why one bill is higher than another: more water, a higher tier, another price."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing_client.domain.bill import TierSplit
from billing_client.domain.money import E5_A_FEN, round_half_up


@dataclass(frozen=True)
class BillFigures:
    """What a bill was made of. ``first_price_e4`` is the price of tier 1, all components."""

    total_fen: int
    used_l: int
    first_price_e4: int
    tiers: Sequence[TierSplit]

    def tier_extra_e5(self) -> int:
        """What the volumes cost beyond the first tier's price, in 1e-5 fen."""
        return sum((tier.price_e4 - self.first_price_e4) * tier.volume_l for tier in self.tiers)


@dataclass(frozen=True)
class BillChange:
    """Four parts in fen that add up to the difference of the totals."""

    use_fen: int
    tier_fen: int
    price_fen: int
    other_fen: int


def change(now: BillFigures, before: BillFigures) -> BillChange:
    """Exact by its algebra: used x first price + tier extra = the priced part of a total.

    What is left, rounding included, is ``other_fen``.
    """
    use = _fen((now.used_l - before.used_l) * before.first_price_e4)
    tier = _fen(now.tier_extra_e5() - before.tier_extra_e5())
    price = _fen(now.used_l * (now.first_price_e4 - before.first_price_e4))
    return BillChange(use, tier, price, now.total_fen - before.total_fen - use - tier - price)


def _fen(amount_e5: int) -> int:
    return round_half_up(Decimal(amount_e5) / E5_A_FEN)
