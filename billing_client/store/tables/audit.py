"""Who changed what: append-only, written by the database itself in the same transaction."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import metadata

audit = Table(
    "audit",
    metadata,
    Column("audit_id", BigInteger, Identity(), primary_key=True),
    # Real time, also where a demo clock runs.
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("actor", Text, nullable=False),  # 'web:wang', 'staff:周敏', 'job:…', 'database:postgres'
    Column("action", Text, nullable=False),  # insert | update | delete
    Column("table_name", Text, nullable=False),
    Column("row_key", Text, nullable=False),  # '1000002468' or '1000002468/NB1000002468'
    Column("account_no", Text),
    Column("before", JSONB),  # of an update the changed columns alone
    Column("after", JSONB),
    Index("audit_account", "account_no", "at"),
    Index("audit_row", "table_name", "row_key"),
)
