"""Every reading that was handed in, accepted or not, and the further meters of a bill."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import metadata, moment, row_id

submitted_reading = Table(
    "submitted_reading",
    metadata,
    Column("account_no", Text, primary_key=True),
    row_id("submission_id"),
    Column("meter_no", Text, nullable=False),
    Column("read_on", Date, nullable=False),
    Column("shown_l", BigInteger, nullable=False),  # what the dial showed
    Column("source", Text, nullable=False),  # manual | remote | customer | estimate
    Column("submitted_by", Text, nullable=False),  # 'web:wang', 'staff:周敏', 'import:8f3a…'
    moment("submitted_at"),
    Column("verdict", Text, nullable=False),  # accepted | refused | kept_other
    Column("reasons", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("photos", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("ticket_no", Text),  # the order to read again
    CheckConstraint("verdict in ('accepted','refused','kept_other')"),
    UniqueConstraint("account_no", "meter_no", "read_on", "source", "shown_l"),
    Index("submitted_reading_meter", "account_no", "meter_no", "read_on"),
)

bill_stretch = Table(  # further meters of a bill: the one before an exchange, a second one
    "bill_stretch",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("bill_id", BigInteger, primary_key=True),
    Column("meter_no", Text, primary_key=True),
    Column("reading_from_l", BigInteger, nullable=False),
    Column("reading_to_l", BigInteger, nullable=False),
    Column("read_from", Date, nullable=False),
    Column("read_to", Date, nullable=False),
    Column("estimated", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("reading_to_l >= reading_from_l"),
    ForeignKeyConstraint(
        ["account_no", "bill_id"], ["billing.bill.account_no", "billing.bill.bill_id"]
    ),
)

reading_import = Table(  # files that were imported, so that none is imported twice
    "reading_import",
    metadata,
    Column("file_sha256", Text, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("counts", JSONB, nullable=False),  # {"accepted": 9, "refused": 1, "kept_other": 0}
    Column("imported_by", Text, nullable=False),
    moment("imported_at"),
)
