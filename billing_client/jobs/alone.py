"""One run of a job at a time, whoever started it: the clock, a command, another machine.

procrastinate's own lock holds between its workers; a command and a worker that froze and
came back are held off by a lock of the database's session, which ends with its process.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_TAKE = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_GIVE = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")


class RunsAlready(RuntimeError):
    """The job is being done by somebody else now; the message is its name."""


@asynccontextmanager
async def alone(engine: AsyncEngine, job: str) -> AsyncIterator[None]:
    """Raises RunsAlready. Holds a connection, and no transaction, until the block ends."""
    holding = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with holding.connect() as connection:
        if not await connection.scalar(_TAKE, {"name": f"job:{job}"}):
            raise RunsAlready(job)
        try:
            yield
        finally:
            await connection.execute(_GIVE, {"name": f"job:{job}"})
