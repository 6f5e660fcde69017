"""When a customer is left in peace. Nothing urgent waits for the morning: see who asks."""

from dataclasses import dataclass
from datetime import datetime, time


@dataclass(frozen=True)
class QuietHours:
    """From the evening until the morning, Asia/Shanghai; the same time twice: never quiet."""

    since: time = time(20)
    until: time = time(8)

    def holds(self, moment: datetime) -> bool:
        at = moment.time()
        if self.since <= self.until:
            return self.since <= at < self.until
        return at >= self.since or at < self.until
