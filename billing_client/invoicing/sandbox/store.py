"""The sandbox platform's own books, in the schema of the payment sandbox."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

SCHEMA = "sandbox"
metadata = MetaData(schema=SCHEMA)

tax_invoice = Table(
    "tax_invoice",
    metadata,
    Column("serial", BigInteger, Identity(), nullable=False),
    Column("request_no", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # blue | red
    Column("blue_request_no", Text),
    Column("content", JSONB, nullable=False),  # what the PDF shows
    Column("invoice_no", Text, unique=True),
    Column("issued_at", DateTime(timezone=True)),
    Column("failure", Text),
    Column("confirmation", Text),  # state of the 确认单: 02 waits for the buyer, 04, 06 …
    Column("due_at", DateTime(timezone=True), nullable=False),  # when it will be issued
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("kind in ('blue','red')"),
)

tax_platform = Table(  # how the platform misbehaves, a row a knob
    "tax_platform",
    metadata,
    Column("name", Text, primary_key=True),  # provider.py lists them
    Column("value", Text, nullable=False),
)

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('sandbox schema', 0))")


async def make_tables(engine: AsyncEngine) -> None:
    """Create schema and tables where they are missing. Safe to run twice and at once."""
    async with engine.begin() as connection:
        await connection.execute(_ONE_AT_A_TIME)
        await connection.execute(text(f"create schema if not exists {SCHEMA}"))
        await connection.run_sync(metadata.create_all)
