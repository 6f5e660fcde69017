"""The ledger, append-only, and which money settled which bill."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import metadata, moment, row_id

journal = Table(  # append-only; (kind, ref) is the natural idempotency key
    "journal",
    metadata,
    row_id("journal_id"),
    Column("kind", Text, nullable=False),  # bill pay allocate late_fee refund reverse suspense
    Column("ref", Text, nullable=False),
    Column("account_no", Text, nullable=False),
    moment("at"),  # of the event
    Column("booked_on", Date),  # when the day of the event was closed already; else NULL
    UniqueConstraint("kind", "ref"),
    Index("journal_account", "account_no", "at"),
)

posting = (
    Table(  # append-only; each row moves fen from credit side to debit side: balanced by its shape
        "posting",
        metadata,
        Column(
            "journal_id", BigInteger, ForeignKey("billing.journal.journal_id"), primary_key=True
        ),
        Column("line", Integer, primary_key=True),
        Column("debit", Text, nullable=False),  # 'ar:1000000001', 'bank:wechat_sandbox'
        Column("credit", Text, nullable=False),  # 'revenue:WATER', 'credit:1000000001'
        Column("amount_fen", BigInteger, nullable=False),
        CheckConstraint("amount_fen > 0"),
        CheckConstraint("debit <> credit"),
        Index("posting_debit", "debit"),
        Index("posting_credit", "credit"),
    )
)

allocation = Table(  # which money settled which bill
    "allocation",
    metadata,
    row_id("allocation_id"),
    Column("account_no", Text, nullable=False),
    Column("bill_id", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # order number, or 'credit'
    Column("part", Text, nullable=False, server_default="principal"),  # principal | late_fee
    Column("amount_fen", BigInteger, nullable=False),
    Column("journal_id", BigInteger, ForeignKey("billing.journal.journal_id"), nullable=False),
    CheckConstraint("amount_fen <> 0"),
    CheckConstraint("part in ('principal','late_fee')"),
    Index("allocation_bill", "account_no", "bill_id"),
)

prepaid_balance = Table(  # kept by a trigger on posting; never negative
    "prepaid_balance",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("balance_fen", BigInteger, nullable=False),
    CheckConstraint("balance_fen >= 0"),
)

closing = Table(  # append-only; nothing is booked on its last day or before
    "closing",
    metadata,
    Column("kind", Text, primary_key=True),  # day | month
    Column("last_day", Date, primary_key=True),
    moment("closed_at"),
    Column("closed_by", Text, nullable=False),
    Column("trial_balance", JSONB, nullable=False),
    CheckConstraint("kind in ('day','month')"),
)
