"""The simulated Alipay's own books: trades, refunds, agreements."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Table, Text, func

from billing_client.pay.simulator.store import metadata

trade = Table(
    "alipay_trade",
    metadata,
    Column("out_trade_no", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),  # in the address of the payer's page
    Column("kind", Text, nullable=False),  # qr | wap | agreement
    Column("subject", Text, nullable=False),
    Column("total_fen", BigInteger, nullable=False),
    Column("notify_url", Text, nullable=False),
    Column("trade_no", Text, unique=True),  # from the moment the code is scanned
    Column("trade_status", Text),  # null until then, then as Alipay names it
    Column("failure", Text),
    Column("expires_at", DateTime(timezone=True)),
    Column("paid_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("total_fen > 0"),
)

refund = Table(
    "alipay_refund",
    metadata,
    Column("out_trade_no", Text, primary_key=True),
    Column("out_request_no", Text, primary_key=True),
    Column("refund_fen", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("refund_fen > 0"),
)

agreement = Table(
    "alipay_agreement",
    metadata,
    Column("external_agreement_no", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("agreement_no", Text, unique=True),
    Column("product_code", Text, nullable=False),
    Column("display_account", Text, nullable=False),
    Column("notify_url", Text, nullable=False),
    Column("status", Text, nullable=False),  # TEMP NORMAL STOP
    Column("fails_with", Text),  # deductions fail with this code while it is set
    Column("signed_at", DateTime(timezone=True)),
)
