"""Tariffs and the bills that were computed from them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import metadata, moment

tariff = Table(
    "tariff",
    metadata,
    Column("tariff_id", Text, primary_key=True),  # 'TJ-2016'
    Column("city", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("data", JSONB, nullable=False),  # domain/tariff.py reads it
    UniqueConstraint("city", "valid_from"),  # no two versions begin at once
)

bill = Table(
    "bill",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("bill_id", BigInteger, Identity(), primary_key=True),
    Column("period", Text, nullable=False),  # '2026-10'
    Column("kind", Text, nullable=False, server_default="regular"),  # regular final adjustment
    Column("number", SmallInteger, nullable=False, server_default="1"),  # of finals, adjustments
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
    # What the price depended on beside the columns: months, part_months, low_income, area,
    # plan_l, tariffs (more than one). NULL in the plain case.
    Column("special", JSONB(none_as_null=True)),
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
    CheckConstraint("kind in ('regular','final','adjustment')"),
    CheckConstraint("kind <> 'regular' or number = 1"),
    # Never twice for one account and period, whoever bills at once.
    UniqueConstraint("account_no", "period", "kind", "number"),
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
    Column("part", SmallInteger, nullable=False, server_default="1"),  # 2: after a change of price
    Column("component", Text, nullable=False),  # WATER, SEWAGE ...
    Column("component_name", Text, nullable=False),  # 水费(含水资源税)
    Column("tier", Integer, nullable=False),  # 1 2 3, 0 = flat price
    Column("volume_l", BigInteger, nullable=False),  # thousandths of the unit
    Column("unit", Text, nullable=False, server_default="m3"),  # m3 month once
    Column("price_e4", BigInteger, nullable=False),  # ten-thousandths of a yuan a unit
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

water_plan = Table(  # 用水计划(定额) of a non-resident, for the surcharge on what exceeds it
    "water_plan",
    metadata,
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    Column("first_period", Text, primary_key=True),  # '2026-01'
    Column("last_period", Text, nullable=False),  # '2026-12'
    Column("plan_l", BigInteger, nullable=False),
    CheckConstraint("plan_l > 0 and last_period >= first_period"),
)

bill_run_chunk = Table(  # a run takes these one by one; a killed run goes on where it was
    "bill_run_chunk",
    metadata,
    Column("period", Text, primary_key=True),
    Column("chunk", Integer, primary_key=True),
    Column("first_account", Text, nullable=False),
    Column("last_account", Text, nullable=False),
    moment("done_at", required=False),
    Column("bills", BigInteger, nullable=False, server_default="0"),
    Column("total_fen", BigInteger, nullable=False, server_default="0"),
)

bill_run_exception = Table(  # accounts that the run could not bill
    "bill_run_exception",
    metadata,
    Column("period", Text, primary_key=True),
    Column("account_no", Text, primary_key=True),
    Column("reason", Text, nullable=False),  # domain/bill_exception.py
)
