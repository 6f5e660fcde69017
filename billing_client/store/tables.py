"""The tables of the billing core, schema ``billing``.

Money is integer fen (``*_fen``), volumes integer litres (``*_l``), moments are
``timestamptz``, business days are dates in Asia/Shanghai. Every hot table has
``account_no`` first in its key, so that it can be distributed by it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(schema="billing")


def _moment(name: str, *, required: bool = True) -> Column:
    return Column(name, DateTime(timezone=True), nullable=not required)


def _created() -> Column:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now())


def _row_id(name: str) -> Column:
    return Column(name, BigInteger, Identity(), primary_key=True)


setting = Table(
    "setting",
    metadata,
    Column("key", Text, primary_key=True),  # 'demo_clock', 'demo_seed', 'utility'
    Column("value", JSONB, nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("owner_name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("area", Text, nullable=False),  # street or estate that outages name
    Column(
        "customer_class", Text, nullable=False
    ),  # RESIDENT SHARED INSTITUTION NON_RESIDENT SPECIAL
    Column("persons", Integer, nullable=False, server_default="3"),
    Column("low_income", Boolean, nullable=False, server_default=text("false")),
    Column("supply_state", Text, nullable=False, server_default="on"),  # on cut paused closed
    Column("opened_on", Date, nullable=False),
    Column("demo_name", Text, unique=True),  # 'bound-unpaid' and the like, in the demo city
    CheckConstraint("persons >= 0"),
    CheckConstraint("supply_state in ('on','cut','paused','closed')"),
    Index("account_phone", "phone"),
    Index("account_area", "area"),
)

meter = Table(
    "meter",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("meter_no", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # smart | mechanical
    Column("installed_on", Date, nullable=False),
    Column("removed_on", Date),
    Column("initial_l", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("kind in ('smart','mechanical')"),
)

reading = Table(
    "reading",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("meter_no", Text, primary_key=True),
    Column("read_on", Date, primary_key=True),
    Column("reading_l", BigInteger, nullable=False),
    Column("source", Text, nullable=False),  # manual | remote | customer | estimate
    CheckConstraint("reading_l >= 0"),
)

daily_usage = Table(  # one row a smart meter and day, night = 02:00-04:00 minimum flow
    "daily_usage",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used_l", BigInteger, nullable=False),
    Column("night_l_per_hour", BigInteger, nullable=False),
)

tariff = Table(
    "tariff",
    metadata,
    Column("tariff_id", Text, primary_key=True),  # 'TJ-2016'
    Column("city", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("data", JSONB, nullable=False),  # domain/tariff.py reads it
)

bill = Table(
    "bill",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("bill_id", BigInteger, Identity(), primary_key=True),
    Column("period", Text, nullable=False),  # '2026-10'
    Column("meter_no", Text, nullable=False),
    Column("reading_from_l", BigInteger, nullable=False),
    Column("reading_to_l", BigInteger, nullable=False),
    Column("read_from", Date, nullable=False),
    Column("read_to", Date, nullable=False),
    Column("used_l", BigInteger, nullable=False),
    Column("prior_l", BigInteger, nullable=False),  # used in the tier year before this bill
    Column("persons", Integer, nullable=False),
    Column("tariff_id", Text, nullable=False),
    Column("customer_class", Text, nullable=False),
    Column("estimated", Boolean, nullable=False, server_default=text("false")),
    Column("total_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False, server_default="0"),
    Column(
        "late_fee_fen", BigInteger, nullable=False, server_default="0"
    ),  # posted, see services/late_fee
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("invoice_no", Text),
    CheckConstraint("total_fen >= 0 and used_l >= 0"),
    CheckConstraint("paid_fen between 0 and total_fen + late_fee_fen"),
    UniqueConstraint("account_no", "period", "meter_no"),
    UniqueConstraint("bill_id"),
    Index(
        "bill_open",
        "account_no",
        "due_on",
        postgresql_where=text("paid_fen < total_fen + late_fee_fen"),
    ),
)

bill_line = Table(  # the figures a bill was computed from: volume x price = amount
    "bill_line",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("bill_id", BigInteger, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("component", Text, nullable=False),  # WATER, SEWAGE ...
    Column("component_name", Text, nullable=False),  # 水费(含水资源税)
    Column("tier", Integer, nullable=False),  # 1 2 3, 0 = flat price
    Column("volume_l", BigInteger, nullable=False),
    Column("price_e4", BigInteger, nullable=False),  # ten-thousandths of a yuan a m³
    Column("amount_e5", BigInteger, nullable=False),  # exact, in 1e-5 fen: volume_l * price_e4
)

bill_item = Table(  # one a component: the rounded amount that the ledger carries
    "bill_item",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("bill_id", BigInteger, primary_key=True),
    Column("component", Text, primary_key=True),
    Column("component_name", Text, nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
)

journal = Table(  # append-only; (kind, ref) is the natural idempotency key
    "journal",
    metadata,
    _row_id("journal_id"),
    Column("kind", Text, nullable=False),  # bill pay allocate late_fee refund reverse suspense
    Column("ref", Text, nullable=False),
    Column("account_no", Text, nullable=False),
    _moment("at"),
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
    _row_id("allocation_id"),
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

payment_order = Table(
    "payment_order",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), nullable=False),
    Column("order_no", Text, primary_key=True),  # ours = out_trade_no
    Column("idempotency_key", Text, nullable=False),
    Column("parameters_hash", Text, nullable=False),
    Column("provider", Text, nullable=False),  # wechat_sandbox, counter ...
    Column("kind", Text, nullable=False, server_default="manual"),  # manual | autopay
    Column("amount_fen", BigInteger, nullable=False),
    Column(
        "state", Text, nullable=False
    ),  # domain/payment.py: CREATED PENDING UNKNOWN PAID CLOSED FAILED
    Column("failure", Text),  # reason code of the provider
    Column("provider_txn", Text),
    Column("code_url", Text),  # what the QR holds
    Column("refunded_fen", BigInteger, nullable=False, server_default="0"),
    Column("conversation_id", Text),  # where the confirmation is pushed
    _moment("expires_at"),
    _moment("paid_at", required=False),
    _moment("next_query_at", required=False),
    _created(),
    CheckConstraint("amount_fen > 0"),
    CheckConstraint("refunded_fen between 0 and amount_fen"),
    UniqueConstraint("account_no", "idempotency_key"),
    UniqueConstraint("provider", "provider_txn"),
    Index("payment_order_account", "account_no", "created_at"),
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
    _moment("handled_at", required=False),
    Column("outcome", Text),
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
    _moment("last_run_at", required=False),
    Column("conversation_id", Text),
    Column("channel", Text),
    Column("channel_user", Text),
    _created(),
    _moment("signed_at", required=False),
    _moment("ended_at", required=False),
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
    Column(
        "parts", JSONB, nullable=False
    ),  # [{"due_on": "2026-12-01", "amount_fen": 5000, "paid_fen": 0}]
    _created(),
)

service_order = Table(
    "service_order",
    metadata,
    Column("ticket_no", Text, primary_key=True),  # GD20261124001
    Column(
        "kind", Text, nullable=False
    ),  # leak, no_water, low_pressure, water_quality, meter_fault ...
    Column("account_no", Text),
    Column("channel", Text, nullable=False),
    Column("channel_user", Text, nullable=False),
    Column("conversation_id", Text),
    Column("place", Text, nullable=False),
    Column("place_key", Text, nullable=False),  # normalised, for "same place"
    Column("inside", Boolean),
    Column("severity", Text, nullable=False),  # emergency | serious | minor
    Column("phone", Text),
    Column("details", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("photos", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("state", Text, nullable=False),  # OPEN DISPATCHED ON_SITE DONE CANCELLED
    Column("urged", Integer, nullable=False, server_default="0"),
    _moment("created_at"),
    _moment("promised_at", required=False),
    _moment("done_at", required=False),
    Index(
        "one_open_order_a_place",
        "kind",
        "channel",
        "channel_user",
        "place_key",
        unique=True,
        postgresql_where=text("state in ('OPEN','DISPATCHED','ON_SITE')"),
    ),
    Index("service_order_reporter", "channel", "channel_user", "created_at"),
)

outage = Table(
    "outage",
    metadata,
    _row_id("outage_id"),
    Column("kind", Text, nullable=False),  # planned | burst
    Column("areas", JSONB, nullable=False),  # ["和平里", "人民路"]
    Column("reason", Text, nullable=False),
    _moment("starts_at"),
    _moment("ends_at"),
    Column("state", Text, nullable=False, server_default="announced"),  # announced | running | over
)

binding = Table(
    "binding",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("channel_user", Text, primary_key=True),
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    _moment("bound_at"),
    _moment("fresh_until", required=False),  # a code was proved less than 15 minutes ago
    Index("binding_account", "account_no"),
)

one_time_code = Table(
    "one_time_code",
    metadata,
    _row_id("code_id"),
    Column("channel", Text, nullable=False),
    Column("channel_user", Text, nullable=False),
    Column("account_no", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("code_hash", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    _moment("sent_at"),
    _moment("expires_at"),
    _moment("used_at", required=False),
    Index("code_user", "channel", "channel_user", "sent_at"),
    Index("code_account", "account_no", "sent_at"),
)

sandbox_sms = Table(  # what the sandbox phone shows; only the sandbox sender writes it
    "sandbox_sms",
    metadata,
    _row_id("sms_id"),
    Column("phone", Text, nullable=False),
    Column("text", Text, nullable=False),
    _moment("sent_at"),
    Index("sandbox_sms_phone", "phone", "sent_at"),
)

guess = Table(  # failed look-ups and codes, for the limits on guessing
    "guess",
    metadata,
    _row_id("guess_id"),
    Column("kind", Text, nullable=False),  # account | code
    Column(
        "subject", Text, nullable=False
    ),  # 'web:abc' or 'account:1000000001' or 'address:1.2.3.4'
    _moment("at"),
    Index("guess_subject", "kind", "subject", "at"),
)

notice = Table(  # what customers must be told, written in the transaction it tells of
    "notice",
    metadata,
    _row_id("notice_id"),
    Column("topic", Text, nullable=False),  # payment_settled, payment_failed, autopay_signed ...
    Column("dedupe", Text, nullable=False, unique=True),
    Column("account_no", Text),
    Column("conversation_id", Text),
    Column("channel", Text),
    Column("channel_user", Text),
    Column("payload", JSONB, nullable=False),
    _created(),
    _moment("claimed_at", required=False),
    _moment("pushed_at", required=False),
    Index("notice_waiting", "notice_id", postgresql_where=text("pushed_at is null")),
)

staff_duty = Table(  # is a person on duty now; the desk will keep it, the demo sets it
    "staff_duty",
    metadata,
    Column("staff_name", Text, primary_key=True),
    Column("on_duty", Boolean, nullable=False),
)
