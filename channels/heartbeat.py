"""Workers say that they live; the gateway is ready when one of them lately did."""

from datetime import datetime

from channels.database import Pool

FRESH_SECONDS = 15

BEAT = """
INSERT INTO channels.worker (worker_id, loaded_at) VALUES (%s, %s)
ON CONFLICT (worker_id) DO UPDATE SET seen_at = now(), loaded_at = excluded.loaded_at
"""
LEAVE = "DELETE FROM channels.worker WHERE worker_id = %s"
ALIVE = "SELECT count(*) FROM channels.worker WHERE seen_at > now() - make_interval(secs => %s)"


async def beat(pool: Pool, worker_id: str, loaded_at: datetime) -> None:
    """To be called every five seconds by a worker whose model is loaded."""
    async with pool.connection() as connection:
        await connection.execute(BEAT, (worker_id, loaded_at))


async def leave(pool: Pool, worker_id: str) -> None:
    """A worker that stops says so, so that readiness need not wait for its silence."""
    async with pool.connection() as connection:
        await connection.execute(LEAVE, (worker_id,))


async def workers_alive(pool: Pool) -> int:
    async with pool.connection() as connection:
        cursor = await connection.execute(ALIVE, (FRESH_SECONDS,))
        row = await cursor.fetchone()
    return int(row[0]) if row else 0
