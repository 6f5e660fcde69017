"""Providers' daily bills as they came, what differed, and whether a day is clean."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    text,
)

from billing_client.store.tables.columns import metadata, moment

recon_row = Table(  # a row of a provider's bill; read anew, a day's rows are replaced
    "recon_row",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # payment | refund
    Column("number", Text, nullable=False),  # our order number, or our refund number
    Column("order_no", Text, nullable=False),
    Column("ref", Text, nullable=False),  # the provider's number
    Column("amount_fen", BigInteger, nullable=False),
    Column("fee_yuan", Numeric(14, 5), nullable=False),
    moment("at"),
    CheckConstraint("kind in ('payment','refund')"),
    Index("recon_row_number", "provider", "number"),
)

recon_finding = Table(
    "recon_finding",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("fault", Text, primary_key=True),  # domain/reconciliation.py
    Column("kind", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("ref", Text, primary_key=True, server_default=text("''")),
    Column("theirs_fen", BigInteger),
    Column("ours_fen", BigInteger),
    Column("booked_fen", BigInteger),
    Column("settled_late", Boolean, nullable=False),  # put right by the comparison itself
)

recon_day = Table(
    "recon_day",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("payments_fen", BigInteger, nullable=False),
    Column("refunds_fen", BigInteger, nullable=False),
    Column("fee_fen", BigInteger, nullable=False),
    Column("payout_fen", BigInteger, nullable=False),
    moment("done_at"),
)
