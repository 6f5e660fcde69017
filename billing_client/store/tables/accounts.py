"""Accounts, their meters and what the meters showed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from billing_client.store.tables.columns import metadata

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
    Column("closed_on", Date),
    Column("paused_until", Date),  # a pause ends by itself: 报停 of at most a year
    Column("owner_since", Date),  # None: since it was opened
    Column("zone", Text),  # the district meter or price zone
    Column("main_account_no", Text),  # the account of the main meter (总表) before this one
    Column("email", Text),
    Column("invoice_title", Text),
    Column("invoice_tax_no", Text),
    Column("demo_name", Text, unique=True),  # 'bound-unpaid' and the like, in the demo city
    CheckConstraint("persons >= 0"),
    CheckConstraint("supply_state in ('on','cut','paused','closed')"),
    CheckConstraint("(supply_state = 'closed') >= (closed_on is not null)"),
    CheckConstraint("main_account_no <> account_no"),
    Index("account_phone", "phone"),
    Index("account_area", "area"),
    Index("account_zone", "zone", postgresql_where=text("zone is not null")),
    Index("account_main", "main_account_no", postgresql_where=text("main_account_no is not null")),
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
    Column("final_l", BigInteger),  # the reading it was removed with
    Column("digits", Integer, nullable=False, server_default="5"),  # whole m³ on the register
    Column("q3_l_per_hour", BigInteger, nullable=False, server_default="2500"),
    CheckConstraint("kind in ('smart','mechanical')"),
    CheckConstraint("final_l >= initial_l"),
    CheckConstraint("removed_on >= installed_on"),
)

reading = Table(
    "reading",
    metadata,
    Column("account_no", Text, primary_key=True),
    Column("meter_no", Text, primary_key=True),
    Column("read_on", Date, primary_key=True),
    Column("reading_l", BigInteger, nullable=False),  # on an index that counts on past a rollover
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
    Column("hours_l", ARRAY(Integer)),  # 24 litres, where the meter sends hours
    CheckConstraint("cardinality(hours_l) = 24"),
)
