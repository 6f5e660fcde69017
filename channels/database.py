"""The connections to PostgreSQL that gateway, workers and terminal share out."""

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]

PREPARE_AFTER = 1  # executions; the few statements here run on every message
PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"  # planning takes longer than running them


async def open_pool(database_url: str, *, min_size: int = 1, max_size: int = 8) -> Pool:
    """A pool of autocommit connections: each statement of this package is one transaction.

    Raises ``psycopg_pool.PoolTimeout`` when the database does not answer within ten seconds.
    """
    pool: Pool = AsyncConnectionPool(
        database_url,
        min_size=min_size,
        max_size=max_size,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": PREPARE_AFTER, "options": PLAN_ONCE},
    )
    try:
        await pool.open(wait=True, timeout=10)
    except BaseException:
        await pool.close()
        raise
    return pool
