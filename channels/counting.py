"""Counts of what went wrong, by day, for the desk's and the operator's eyes."""

from channels.database import Pool

COUNT = """
INSERT INTO channels.event_count AS e (name, day, n)
VALUES (%s, (now() AT TIME ZONE 'Asia/Shanghai')::date, 1)
ON CONFLICT (name, day) DO UPDATE SET n = e.n + 1
"""


async def count(pool: Pool, name: str) -> None:
    """One more event of this name today (Asia/Shanghai)."""
    async with pool.connection() as connection:
        await connection.execute(COUNT, (name,))
