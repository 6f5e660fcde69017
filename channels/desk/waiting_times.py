"""How long customers lately waited for a person: an honest range, or nothing."""

from dataclasses import dataclass
from math import ceil

from channels.database import Pool

# Each time somebody was taken from the queue: since when that one had been in it.
RECENT = """
SELECT extract(epoch FROM taken.changed_at - entered.changed_at)::float8
  FROM channels.owner_change taken
  JOIN channels.owner_change entered USING (conversation_id)
 WHERE taken.owner = 'agent' AND entered.owner = 'queue'
   AND entered.owner_number = taken.owner_number - 1
   AND taken.changed_at > now() - make_interval(hours => %s)
 ORDER BY taken.changed_at DESC LIMIT 50
"""
SHORT, LONG = 0.25, 0.9  # the parts of customers who waited less than what is said


@dataclass(frozen=True)
class Range:
    """Whole minutes, at least 1 and rounded up; half or more of those who waited are in it."""

    shortest: int
    longest: int


async def recent(pool: Pool, at_least: int, hours: int) -> Range | None:
    """None while fewer than ``at_least`` were handed over in the last hours."""
    async with pool.connection() as connection:
        rows = await (await connection.execute(RECENT, (hours,))).fetchall()
    waits = [float(row[0]) for row in rows]
    return range_of(waits) if len(waits) >= at_least else None


def range_of(seconds: list[float]) -> Range:
    """Of the waits in seconds; at least one."""
    ordered = sorted(seconds)

    def minutes(part: float) -> int:
        return max(1, ceil(ordered[min(len(ordered) - 1, int(part * len(ordered)))] / 60))

    return Range(minutes(SHORT), minutes(LONG))
