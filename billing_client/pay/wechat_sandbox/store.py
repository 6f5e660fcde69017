"""The simulated WeChat Pay's own books: trades, refunds, contracts, nonces."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.pay.simulator.store import metadata

trade = Table(
    "trade",
    metadata,
    Column("out_trade_no", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # in the address of the payer's page
    Column("kind", Text, nullable=False),  # native | jsapi | h5 | papay
    Column("request", JSONB, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("description", Text, nullable=False),
    Column("notify_url", Text, nullable=False),
    Column("trade_state", Text, nullable=False),  # NOTPAY SUCCESS CLOSED PAYERROR
    Column("transaction_id", Text, unique=True),
    Column("failure", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("paid_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("amount_fen > 0"),
)

contract = Table(
    "contract",
    metadata,
    Column("out_contract_code", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("plan_id", Integer, nullable=False),
    Column("display_account", Text, nullable=False),
    Column("notify_url", Text, nullable=False),
    Column("contract_id", Text, unique=True),
    Column("contract_state", Text, nullable=False),  # PENDING SIGNED TERMINATED
    Column("fails_with", Text),  # deductions fail with this code while it is set
    Column("signed_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

used_nonce = Table(
    "used_nonce",
    metadata,
    Column("nonce", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

refund = Table(
    "refund",
    metadata,
    Column("out_refund_no", Text, primary_key=True),
    Column("out_trade_no", Text, nullable=False),
    Column("refund_id", Text, nullable=False, unique=True),
    Column("refund_fen", BigInteger, nullable=False),
    Column("status", Text, nullable=False),  # PROCESSING SUCCESS CLOSED ABNORMAL
    Column("notify_url", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("success_at", DateTime(timezone=True)),
    CheckConstraint("refund_fen > 0"),
)
