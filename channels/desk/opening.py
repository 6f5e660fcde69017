"""Opening hours of the desk: several periods a day, by the calendar of working days. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from billing_client.domain.business_day import is_business_day
from channels.desk.wording import SHANGHAI

LOOKED_AHEAD_DAYS = 15  # longer than any public holiday


@dataclass(frozen=True)
class Period:
    """From ``start`` to before ``end``, within one day."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> "Period":
        """'08:30-12:00'; '24:00' ends a day. Raises ``ValueError``."""
        first, last = text.split("-")
        end = time.max if last == "24:00" else time.fromisoformat(last)
        period = cls(time.fromisoformat(first), end)
        if period.start >= period.end:
            raise ValueError(text)
        return period


Periods = tuple[Period, ...]


@dataclass(frozen=True)
class Hours:
    """``dates`` overrides the calendar for single days."""

    working_day: Periods
    rest_day: Periods
    dates: Mapping[date, Periods] = field(default_factory=dict[date, Periods])

    def on(self, day: date) -> Periods:
        if day in self.dates:
            return self.dates[day]
        return self.working_day if is_business_day(day) else self.rest_day

    def open_at(self, at: datetime) -> bool:
        local = at.astimezone(SHANGHAI)
        return any(one.start <= local.time() < one.end for one in self.on(local.date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """When the next period after ``at`` begins; None when none is in sight."""
        local = at.astimezone(SHANGHAI)
        for ahead in range(LOOKED_AHEAD_DAYS):
            day = local.date() + timedelta(days=ahead)
            for period in sorted(self.on(day), key=lambda one: one.start):
                start = datetime.combine(day, period.start, SHANGHAI)
                if start > local:
                    return start
        return None
