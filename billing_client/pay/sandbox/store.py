"""The sandbox's own books, schema ``sandbox``. Billing never reads them."""

from sqlalchemy import (
    BigInteger,
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

trade = Table(
    "trade",
    metadata,
    Column("out_trade_no", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # in the address of the payer's page
    Column("kind", Text, nullable=False),  # native | papay
    Column("request", JSONB, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("description", Text, nullable=False),
    Column("notify_url", Text, nullable=False),
    Column("trade_state", Text, nullable=False),  # NOTPAY SUCCESS CLOSED PAYERROR
    Column("transaction_id", Text, unique=True),
    Column("failure", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("paid_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("amount_fen > 0"),
)

contract = Table(
    "contract",
    metadata,
    Column("out_contract_code", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("plan_id", Integer, nullable=False),
    Column("display_account", Text, nullable=False),
    Column("notify_url", Text, nullable=False),
    Column("contract_id", Text, unique=True),
    Column("contract_state", Text, nullable=False),  # PENDING SIGNED TERMINATED
    Column("fails_with", Text),  # deductions fail with this code while it is set
    Column("signed_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

used_nonce = Table(
    "used_nonce",
    metadata,
    Column("nonce", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

notify = Table(  # notices to send, with retries
    "notify",
    metadata,
    Column("notify_id", BigInteger, Identity(), primary_key=True),
    Column("notice_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("original_type", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("done_at", DateTime(timezone=True)),
    Index("notify_due", "due_at", postgresql_where=text("done_at is null")),
)

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtextextended('sandbox schema', 0))")


def apply(database_url: str) -> None:
    """Create schema and tables where they are missing. Safe to run twice and at once."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            connection.execute(_ONE_AT_A_TIME)
            connection.execute(text(f"create schema if not exists {SCHEMA}"))
            metadata.create_all(connection)
    finally:
        engine.dispose()
