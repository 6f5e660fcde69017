"""How fast one sender may ask: token buckets in memory.

A gateway's own: with several gateways each allows as much, which is still a bound.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_BUCKETS = 50_000  # the ones used longest ago are forgotten, and start full again


@dataclass(frozen=True)
class Rate:
    """So many at once, refilled at so many a second."""

    at_once: float
    per_second: float


@dataclass
class Buckets:
    """A bucket a key."""

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait_for(self, key: str, rate: Rate | None = None) -> float:
        """Take one; 0 when there was one, else the seconds until there is (nothing taken).

        ``rate``: of this key, when it has one of its own.
        """
        allowed = rate or self.rate
        now = self.clock()
        level, filled_at = self._levels.pop(key, (allowed.at_once, now))
        level = min(allowed.at_once, level + (now - filled_at) * allowed.per_second)
        taken = level >= 1
        self._levels[key] = (level - taken, now)
        if len(self._levels) > MOST_BUCKETS:
            self._levels.popitem(last=False)
        return 0.0 if taken else (1 - level) / allowed.per_second
