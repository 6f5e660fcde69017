"""The simulated providers' own books, schema ``sandbox``. Billing never reads them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "sandbox"
metadata = MetaData(schema=SCHEMA)

outgoing_notice = Table(  # notices to send, with retries
    "outgoing_notice",
    metadata,
    Column("notify_id", BigInteger, Identity(), primary_key=True),
    Column("simulator", Text, nullable=False),
    Column("notice_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("envelope", JSONB, nullable=False),  # what stands around the content
    Column("content", JSONB, nullable=False),
    Column("fault", Text),  # faults.py
    Column("held", Boolean, nullable=False, server_default=text("false")),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("done_at", DateTime(timezone=True)),
    Index("outgoing_notice_due", "simulator", "due_at", postgresql_where=text("done_at is null")),
)

fault = Table(
    "fault",
    metadata,
    Column("simulator", Text, primary_key=True),
    Column("knob", Text, primary_key=True),
    Column("times", Integer, nullable=False),
    CheckConstraint("times >= 0"),
)

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('sandbox schema', 0))")


def apply(database_url: str) -> None:
    """Create schema and tables where they are missing. Safe to run twice and at once.

    The tables are those of the simulators that were imported: see ``simulators.py``.
    """
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(_ONE_AT_A_TIME)
            connection.execute(text(f"create schema if not exists {SCHEMA}"))
            metadata.create_all(connection)
    finally:
        engine.dispose()
