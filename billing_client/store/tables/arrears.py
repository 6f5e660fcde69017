"""Waivers of late fees, and the reminders and steps that follow a bill that is not paid."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import metadata, moment

late_fee_waiver = Table(
    "late_fee_waiver",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("waiver_id", BigInteger, Identity(), primary_key=True),
    Column("bill_id", BigInteger, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    moment("asked_at"),
    Column("approved_by", Text),
    moment("approved_at", required=False),
    CheckConstraint("amount_fen > 0"),
    CheckConstraint("asked_by <> approved_by"),  # four eyes
    CheckConstraint("(approved_by is null) = (approved_at is null)"),
)

dunning_case = Table(  # from the first overdue bill until nothing is overdue
    "dunning_case",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("case_id", BigInteger, Identity(), primary_key=True),
    Column("opened_on", Date, nullable=False),
    moment("closed_at", required=False),
    Column("approved_by", Text),
    moment("approved_at", required=False),
    Column("approval_document", Text),
    Index("one_open_case", "account_no", unique=True, postgresql_where=text("closed_at is null")),
)

dunning_step = Table(  # its key is why no step is ever taken twice
    "dunning_step",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("case_id", BigInteger, primary_key=True),
    Column("stage", Text, primary_key=True),
    moment("taken_at"),
    Column("overdue_fen", BigInteger, nullable=False),
    Column("notices", JSONB, nullable=False, server_default=text("'[]'::jsonb")),  # dedupe keys
    Column("ticket_no", Text),
    ForeignKeyConstraint(
        ["account_no", "case_id"],
        ["billing.dunning_case.account_no", "billing.dunning_case.case_id"],
    ),
)
