"""E-invoices: what was asked for, what became of it, and which bills it is for."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import created, metadata, moment

invoice = Table(
    "invoice",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Column("request_no", Text, primary_key=True),  # ours; the platform issues it once
    Column("idempotency_key", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("kind", Text, nullable=False),  # blue | red
    Column("state", Text, nullable=False),  # domain/invoice.py
    Column("failure", Text),
    Column("title_kind", Text, nullable=False),  # personal | company
    Column("title_name", Text, nullable=False),
    Column("title_tax_no", Text),
    Column("periods", JSONB, nullable=False),  # ["2026-10"]
    Column("lines", JSONB, nullable=False),
    Column("total_fen", BigInteger, nullable=False),  # tax included; below zero on a red one
    Column("tax_fen", BigInteger, nullable=False),
    Column("remark", Text, nullable=False),
    Column("red_of", Text, ForeignKey("billing.invoice.request_no")),
    Column("reason", Text),  # of a red letter, domain/invoice.py
    Column("confirmation", Text),  # state of its 确认单
    Column("followed_by", JSONB(none_as_null=True)),  # the title of the invoice that comes after
    Column("invoice_no", Text, unique=True),
    moment("issued_at", required=False),
    Column("pdf", LargeBinary),
    Column("email", Text),
    moment("emailed_at", required=False),
    Column("conversation_id", Text),
    Column("channel", Text),
    Column("channel_user", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("next_try_at", required=False),  # by the real clock
    created(),
    CheckConstraint("kind in ('blue','red')"),
    CheckConstraint("(kind = 'red') = (red_of is not null)"),
    CheckConstraint("(state = 'ISSUED') = (invoice_no is not null)"),
    UniqueConstraint("account_no", "idempotency_key"),
    Index(
        "one_red_letter_an_invoice",
        "red_of",
        unique=True,
        postgresql_where=text("kind = 'red' and state not in ('FAILED','VOID')"),
    ),
    Index("invoice_account", "account_no", "created_at"),
    Index("invoice_due", "next_try_at", postgresql_where=text("next_try_at is not null")),
)

invoice_bill = Table(
    "invoice_bill",
    metadata,
    Column("account_no", Text, nullable=False),
    Column("bill_id", BigInteger, primary_key=True),
    Column("request_no", Text, ForeignKey("billing.invoice.request_no"), primary_key=True),
    # False once the invoice failed or was taken back: then the bill is free for another.
    Column("live", Boolean, nullable=False, server_default=text("true")),
    Index("one_invoice_a_bill", "bill_id", unique=True, postgresql_where=text("live")),
    Index("invoice_bill_request", "request_no"),
)
