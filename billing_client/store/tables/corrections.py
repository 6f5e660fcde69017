"""Bills that were taken back, and corrections of the books that take two persons."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    text,
)
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

adjustment = Table(  # domain/adjustment.py; a trigger lets states only go forward
    "adjustment",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("adjustment_id", BigInteger, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="proposed"),
    Column("bill_id", BigInteger),  # None: the account as a whole
    Column("component", Text),  # WATER, SEWAGE …: whose income it is; of a credit or debit
    Column("amount_fen", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reverses", BigInteger),  # the write-off that a recovery takes back
    Column("proposed_by", Text, nullable=False),
    moment("proposed_at"),
    Column("decided_by", Text),
    moment("decided_at", required=False),
    Column("remark", Text),  # why it was refused
    moment("posted_at", required=False),
    Column("new_bill_id", BigInteger),  # the bill that a debit made
    CheckConstraint("kind in ('credit','debit','write_off','recovery')"),
    CheckConstraint("state in ('proposed','approved','posted','refused')"),
    CheckConstraint("amount_fen > 0 and btrim(reason) <> ''"),
    CheckConstraint("(state = 'proposed') = (decided_by is null)"),
    CheckConstraint("(decided_by is null) = (decided_at is null)"),
    CheckConstraint("(state = 'posted') = (posted_at is not null)"),
    # Four eyes: nobody approves what they proposed.
    CheckConstraint(
        "state in ('proposed','refused') or lower(btrim(decided_by)) <> lower(btrim(proposed_by))"
    ),
    CheckConstraint("kind in ('credit','debit') or bill_id is not null"),
    CheckConstraint("(kind in ('credit','debit')) = (component is not null)"),
    CheckConstraint("(kind = 'recovery') = (reverses is not null)"),
    UniqueConstraint("adjustment_id"),
    Index(
        "one_write_off_in_hand",
        "account_no",
        "bill_id",
        unique=True,
        postgresql_where=text("kind = 'write_off' and state in ('proposed','approved')"),
    ),
    Index(
        "one_recovery",
        "account_no",
        "reverses",
        unique=True,
        postgresql_where=text("kind = 'recovery' and state <> 'refused'"),
    ),
    Index("adjustment_bill", "account_no", "bill_id"),
    Index(
        "adjustment_waiting",
        "proposed_at",
        postgresql_where=text("state = 'proposed'"),
    ),
)
