"""Payment orders, providers' notices, auto-pay contracts and instalment plans."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import created, metadata, moment

payment_order = Table(
    "payment_order",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Column("order_no", Text, primary_key=True),  # ours = out_trade_no
    Column("idempotency_key", Text, nullable=False),
    Column("parameters_hash", Text, nullable=False),
    Column("provider", Text, nullable=False),  # wechat_sandbox, counter ...
    Column("kind", Text, nullable=False, server_default="manual"),  # manual | autopay
    Column("scene", Text, nullable=False, server_default="qr"),  # pay/capabilities.py
    Column("payer", Text),  # openid or IP address, where the scene asks for it
    Column("bills", Text),  # the set of bills, so that one live order answers for it
    Column("amount_fen", BigInteger, nullable=False),
    Column(
        "state", Text, nullable=False
    ),  # domain/payment.py: CREATED PENDING UNKNOWN PAID CLOSED FAILED
    Column("failure", Text),  # reason code of the provider
    Column("provider_txn", Text),
    Column("code_url", Text),  # what the QR holds
    Column("refunded_fen", BigInteger, nullable=False, server_default="0"),
    Column("refunding_fen", BigInteger, nullable=False, server_default="0"),  # on its way back
    Column("conversation_id", Text),  # where the confirmation is pushed
    moment("expires_at"),
    moment("paid_at", required=False),
    moment("next_query_at", required=False),
    created(),
    CheckConstraint("amount_fen > 0"),
    CheckConstraint("refunded_fen between 0 and amount_fen"),
    CheckConstraint(
        "refunding_fen >= 0 and refunded_fen + refunding_fen <= amount_fen",
        name="given_back_once",
    ),
    UniqueConstraint("account_no", "idempotency_key"),
    UniqueConstraint("provider", "provider_txn"),
    Index("payment_order_account", "account_no", "created_at"),
    Index(
        "one_live_order_of_bills",
        "account_no",
        "bills",
        unique=True,
        postgresql_where=text("kind = 'manual' and state in ('CREATED','PENDING','UNKNOWN')"),
    ),
    Index(
        "payment_order_paid", "provider", "paid_at", postgresql_where=text("paid_at is not null")
    ),
)

payment_order_bill = Table(
    "payment_order_bill",
    metadata,
    Column("order_no", Text, ForeignKey("billing.payment_order.order_no"), primary_key=True),
    Column("bill_id", BigInteger, primary_key=True),
    Column("position", Integer, nullable=False),
)

provider_notice = Table(  # every verified or refused notice, stored before it is handled
    "provider_notice",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("notice_id", Text, primary_key=True),
    Column("event_type", Text, nullable=False),
    Column("resource", JSONB, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    moment("handled_at", required=False),
    Column("outcome", Text),
)

notice_nonce = Table(  # of signatures that were taken: the same one is not taken twice
    "notice_nonce",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("nonce", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("notice_nonce_at", "at"),
)

autopay_contract = Table(
    "autopay_contract",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Column("contract_code", Text, primary_key=True),  # ours
    Column("provider", Text, nullable=False),
    Column("provider_contract_id", Text),
    Column("state", Text, nullable=False),  # PENDING ACTIVE ENDED
    Column("sign_url", Text),
    Column("last_result", Text),  # paid | reason code
    moment("last_run_at", required=False),
    Column("conversation_id", Text),
    Column("channel", Text),
    Column("channel_user", Text),
    created(),
    moment("signed_at", required=False),
    moment("ended_at", required=False),
    Column("ended_by", Text),  # customer | provider
    Index(
        "one_live_contract",
        "account_no",
        unique=True,
        postgresql_where=text("state in ('PENDING','ACTIVE')"),
    ),
)

instalment_plan = Table(
    "instalment_plan",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Column("plan_no", Text, primary_key=True),
    Column("total_fen", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # ACTIVE DONE BROKEN
    Column("parts", JSONB, nullable=False),  # [{"due_on": "2026-12-01", "amount_fen": 5000}]
    Column("bill_ids", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("agreed_on", Date, nullable=False, server_default=text("current_date")),
    Column("ended_on", Date),
    Column("idempotency_key", Text),
    created(),
    CheckConstraint("state in ('ACTIVE','DONE','BROKEN')"),
    UniqueConstraint("account_no", "idempotency_key"),
    Index("one_running_plan", "account_no", unique=True, postgresql_where=text("state = 'ACTIVE'")),
    Index("instalment_plan_account", "account_no", "agreed_on"),
)
