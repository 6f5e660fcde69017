"""What the figures of a meter say: flow at night, and how a month compares."""

from collections.abc import Sequence
from dataclasses import dataclass

NIGHT_FLOW_SIGN_L_PER_HOUR = 5  # nobody draws water for whole nights: a hidden leak is likely
NIGHTS_LOOKED_AT = 7


@dataclass(frozen=True)
class LeakSign:
    """``smallest_l_per_hour`` flowed in every night looked at; ``likely`` above the limit."""

    smallest_l_per_hour: int
    nights: int
    likely: bool


def leak_sign(night_l_per_hour: Sequence[int]) -> LeakSign | None:
    """The sign that the last nights give, newest last; None without data."""
    nights = night_l_per_hour[-NIGHTS_LOOKED_AT:]
    if not nights:
        return None
    smallest = min(nights)
    return LeakSign(smallest, len(nights), smallest >= NIGHT_FLOW_SIGN_L_PER_HOUR)


def change_percent(now_l: int, before_l: int) -> int | None:
    """By how many per cent use has changed, rounded; None when nothing was used before."""
    return None if before_l == 0 else round((now_l - before_l) * 100 / before_l)
