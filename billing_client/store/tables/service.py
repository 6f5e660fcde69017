"""Service orders, outages, staff on duty and notices to customers."""

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import created, metadata, moment, row_id

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
    moment("created_at"),
    moment("promised_at", required=False),
    moment("done_at", required=False),
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
    row_id("outage_id"),
    Column("kind", Text, nullable=False),  # planned | burst
    Column("areas", JSONB, nullable=False),  # ["和平里", "人民路"]
    Column("reason", Text, nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    Column("state", Text, nullable=False, server_default="announced"),  # announced | running | over
)

staff_duty = Table(  # is a person on duty now; the desk will keep it, the demo sets it
    "staff_duty",
    metadata,
    Column("staff_name", Text, primary_key=True),
    Column("on_duty", Boolean, nullable=False),
)

notice = Table(  # what customers must be told, written in the transaction it tells of
    "notice",
    metadata,
    row_id("notice_id"),
    Column("topic", Text, nullable=False),  # payment_settled, payment_failed, autopay_signed ...
    Column("dedupe", Text, nullable=False, unique=True),
    Column("account_no", Text),
    Column("conversation_id", Text),
    Column("channel", Text),
    Column("channel_user", Text),
    Column("payload", JSONB, nullable=False),
    created(),
    moment("claimed_at", required=False),
    moment("pushed_at", required=False),
    Index("notice_waiting", "notice_id", postgresql_where=text("pushed_at is null")),
)
