"""The pool of connections to PostgreSQL that one process uses."""

import time

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

POOL_SIZE = 5
POOL_OVERFLOW = 5
POOL_WAIT_SECONDS = 5  # longer than this and the customer is told that billing is busy
STATEMENT_TIMEOUT_MS = 10_000
IDLE_SECONDS = 1.0  # a connection used less long ago is taken to be alive still
GIVEN_BACK_AT = "given_back_at"


def create_engine(
    database_url: str, *, pool_size: int = POOL_SIZE, plan_once: bool = False
) -> AsyncEngine:
    """An engine over ``postgresql://…``. Connections that died while idle are replaced unseen.

    ``plan_once``: for customers' short questions, whose planning takes longer than their answer.
    """
    options = [f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"]
    if plan_once:
        options.append("-c plan_cache_mode=force_generic_plan")
    engine = create_async_engine(
        make_url(database_url).set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={"options": " ".join(options)},
    )
    _ask_when_idle(engine.sync_engine)
    return engine


def reading(engine: AsyncEngine) -> AsyncEngine:
    """For what only reads: READ COMMITTED sees no less without BEGIN and the ROLLBACK at the end.

    psycopg forgets at each rollback what it had prepared (psycopg 3.3, ``_rollback_gen``).
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _ask_when_idle(engine: Engine) -> None:
    """SQLAlchemy's own ``pool_pre_ping`` asks each time: one more round trip a use case."""

    @event.listens_for(engine, "checkin")
    def note_time(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info[GIVEN_BACK_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        now = time.monotonic()
        if now - record.info.get(GIVEN_BACK_AT, now) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error  # the pool makes a new one and tries again
