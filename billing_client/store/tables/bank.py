"""Direct debit by a bank's batch files: mandates, batches and their rows."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from billing_client.store.tables.columns import created, metadata, moment

bank_mandate = Table(  # what an autopay_contract of provider bank_file draws on
    "bank_mandate",
    metadata,
    Column(
        "contract_code",
        Text,
        ForeignKey("billing.autopay_contract.contract_code"),
        primary_key=True,
    ),
    Column("bank_name", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),  # pay/bank_accounts.py
    Column("last_four", Text, nullable=False),
    Column("consent", Text, nullable=False),  # number of the signed paper
    Column("entered_by", Text, nullable=False),
    created(),
)

bank_batch = Table(
    "bank_batch",
    metadata,
    Column("batch_no", Text, primary_key=True),
    Column("state", Text, nullable=False),  # MADE SENT POSTED
    Column("row_count", Integer, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    created(),
    moment("sent_at", required=False),
    moment("posted_at", required=False),
    CheckConstraint("state in ('MADE','SENT','POSTED')"),
)

bank_batch_row = Table(
    "bank_batch_row",
    metadata,
    Column("batch_no", Text, ForeignKey("billing.bank_batch.batch_no"), primary_key=True),
    Column("row_no", Integer, primary_key=True),
    Column("account_no", Text, nullable=False),
    Column(
        "order_no",
        Text,
        ForeignKey("billing.payment_order.order_no"),
        nullable=False,
        unique=True,
    ),
    Column("contract_code", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("result_code", Text),
    Column("bank_seq", Text),
    CheckConstraint("amount_fen > 0"),
)
