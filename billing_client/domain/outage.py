"""How early an interruption of supply must be told of."""

from dataclasses import dataclass
from datetime import datetime, timedelta

PLANNED, BURST = "planned", "burst"

# At least 24 h before planned work (供水条例 2026, in force 1 June 2026; before it
# 城市供水条例 art. 22); utilities promise 48 h for stops of more than 12 h.
NOTICE = timedelta(hours=24)
LONG_STOP, LONG_NOTICE = timedelta(hours=12), timedelta(hours=48)


class NoticeTooShort(ValueError):
    """Planned work that is told of too late. ``hours`` is what is asked for."""

    def __init__(self, hours: int) -> None:
        super().__init__(f"planned work is told of {hours} h before")
        self.hours = hours


@dataclass(frozen=True)
class Interruption:
    """``late_because`` excuses planned work that is told of late."""

    kind: str
    areas: tuple[str, ...]
    reason: str
    starts_at: datetime
    ends_at: datetime
    advice: str | None = None
    late_because: str = ""


def check(new: Interruption, published_at: datetime) -> None:
    """Raises NoticeTooShort for planned work, ValueError for what cannot be announced.

    What bursts is told of while it is repaired.
    """
    if not new.areas or new.ends_at <= new.starts_at or new.ends_at <= published_at:
        raise ValueError("an interruption needs areas and an end after its start, in the future")
    if new.kind != PLANNED or new.late_because:
        return
    asked = LONG_NOTICE if new.ends_at - new.starts_at > LONG_STOP else NOTICE
    if new.starts_at - published_at < asked:
        raise NoticeTooShort(asked // timedelta(hours=1))
