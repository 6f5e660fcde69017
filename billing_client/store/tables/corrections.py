"""Bills that were taken back."""

from sqlalchemy import BigInteger, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import metadata, moment

# Append-only. A cancelled bill leaves ``bill``, so that no query can count it by mistake;
# the whole of it is kept here, and a trigger lets no other bill be deleted.
cancelled_bill = Table(
    "cancelled_bill",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("bill_id", BigInteger, primary_key=True),
    Column("period", Text, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("credited_fen", BigInteger, nullable=False),  # had been paid, is prepaid balance now
    Column("reason", Text, nullable=False),
    Column("cancelled_by", Text, nullable=False),
    moment("cancelled_at"),
    # {"bill": {…}, "items": […], "lines": […], "stretches": […]}: the rows as they were
    Column("document", JSONB, nullable=False),
    Index("cancelled_bill_period", "account_no", "period"),
)
