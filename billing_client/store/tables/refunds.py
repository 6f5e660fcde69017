"""Refunds: written down before the provider is called, under a number that never changes."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from billing_client.store.tables.columns import created, metadata, moment

refund = Table(
    "refund",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Column("refund_no", Text, primary_key=True),  # ours; the provider gives it back once
    Column("idempotency_key", Text, nullable=False),
    Column("order_no", Text, ForeignKey("billing.payment_order.order_no"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("from_bills", Boolean, nullable=False),  # the bills it paid are open again
    Column("state", Text, nullable=False),  # domain/refund.py
    Column("failure", Text),
    Column("set_aside", Boolean, nullable=False, server_default=text("false")),
    Column("limit_fen", BigInteger, nullable=False),  # what one person may decide, at that time
    Column("proposed_by", Text, nullable=False),
    Column("approved_by", Text),
    Column("provider_refund", Text),
    Column("conversation_id", Text),
    Column("channel", Text),
    Column("channel_user", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("next_try_at", required=False),  # by the real clock
    created(),
    moment("done_at", required=False),
    CheckConstraint("amount_fen > 0"),
    CheckConstraint("approved_by <> proposed_by", name="two_persons"),
    CheckConstraint(
        "amount_fen <= limit_fen or approved_by is not null"
        " or state in ('WAITING_APPROVAL','REJECTED')",
        name="approved_above_the_limit",
    ),
    CheckConstraint("set_aside or state not in ('SENT','DONE','ABNORMAL')", name="money_first"),
    UniqueConstraint("account_no", "idempotency_key"),
    Index("refund_account", "account_no", "created_at"),
    Index("refund_order", "order_no"),
    Index("refund_due", "next_try_at", postgresql_where=text("next_try_at is not null")),
)
