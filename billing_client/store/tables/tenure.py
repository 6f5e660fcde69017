"""Who held an account when, under which terms, and by which other numbers it is known."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import created, metadata

account_alias = Table(  # numbers of before: another system's, a merged account's
    "account_alias",
    metadata,
    Column("old_no", Text, primary_key=True),
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Index("account_alias_account", "account_no"),
)

billing_term = Table(  # what bills are computed by, from a day on; the account holds today's
    "billing_term",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("what", Text, primary_key=True),  # persons | customer_class | low_income
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),  # the last day; afterwards what stood before the first holds
    Column("value", JSONB, nullable=False),
    Column("evidence", Text),  # 户口簿, 低保证 …
    Column("ticket_no", Text),
    Column("granted_by", Text, nullable=False),
    CheckConstraint("what in ('persons','customer_class','low_income')"),
    CheckConstraint("valid_to >= valid_from"),
    Index("billing_term_end", "valid_to"),
)

account_settlement = Table(  # a final reading and bill: before an account closes or changes hands
    "account_settlement",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("settled_on", Date, primary_key=True),
    Column("bill_id", BigInteger),  # None: nothing was used since the last bill
    Column("settled_by", Text, nullable=False),
    created(),
)

account_owner = Table(  # owners of before
    "account_owner",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("until", Date, primary_key=True),
    Column("since", Date, nullable=False),
    Column("owner_name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("ticket_no", Text),
    # By the server's clock, as payments are: what was paid before was paid by another.
    Column("handed_over_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

reminder_preference = Table(  # what a chat wants to be told; without a row, all of it
    "reminder_preference",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("channel_user", Text, primary_key=True),
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("topic", Text, primary_key=True),  # bill | due | outage | usage
    Column("wanted", Boolean, nullable=False),
    CheckConstraint("topic in ('bill','due','outage','usage')"),
)
