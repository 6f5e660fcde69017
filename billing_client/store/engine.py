"""The pool of connections to PostgreSQL that one process uses."""

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL_SIZE = 5
POOL_OVERFLOW = 5
POOL_WAIT_SECONDS = 5  # longer than this and the customer is told that billing is busy
STATEMENT_TIMEOUT_MS = 10_000


def create_engine(database_url: str, *, pool_size: int = POOL_SIZE) -> AsyncEngine:
    """An engine over ``postgresql://…``. Connections that died are replaced unseen."""
    return create_async_engine(
        make_url(database_url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"},
    )
