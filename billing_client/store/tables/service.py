"""Service orders, outages, staff on duty and notices to customers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
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
    Column("state", Text, nullable=False),  # domain/service_order.py
    Column("outcome", Text),  # done | approved | rejected
    Column("outcome_note", Text),
    Column("assignee", Text),
    Column("waiting_for", Text),  # the evidence that the customer is asked for
    Column("urged", Integer, nullable=False, server_default="0"),
    moment("created_at"),
    moment("respond_by", required=False),
    moment("promised_at", required=False),  # what the customer was told
    moment("finish_by", required=False),
    Column("standard", Text),  # the source of the deadlines
    moment("waiting_since", required=False),  # the clocks stand still
    moment("responded_at", required=False),
    moment("done_at", required=False),
    CheckConstraint("outcome in ('done','approved','rejected')"),
    CheckConstraint("(state = 'DONE') = (outcome is not null)"),
    Index(
        "one_open_order_a_place",
        "kind",
        "channel",
        "channel_user",
        "place_key",
        unique=True,
        postgresql_where=text("state in ('OPEN','DISPATCHED','ON_SITE','WAITING')"),
    ),
    Index("service_order_reporter", "channel", "channel_user", "created_at"),
    Index("service_order_account", "account_no", "created_at"),
    Index(
        "service_order_running",
        "finish_by",
        postgresql_where=text("state in ('OPEN','DISPATCHED','ON_SITE','WAITING')"),
    ),
)

service_order_event = Table(  # append-only: how an order came to its state
    "service_order_event",
    metadata,
    Column("ticket_no", Text, ForeignKey("billing.service_order.ticket_no"), primary_key=True),
    Column("number", Integer, primary_key=True),
    moment("at"),
    Column("actor", Text, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)

service_order_evidence = Table(  # files and papers, by reference: the files lie with the channel
    "service_order_evidence",
    metadata,
    Column("ticket_no", Text, ForeignKey("billing.service_order.ticket_no"), primary_key=True),
    row_id("evidence_id"),
    Column("what", Text, nullable=False),  # 户口簿, 照片
    Column("reference", Text, nullable=False),  # the channel's id of the file, or a paper's number
    Column("added_by", Text, nullable=False),
    moment("added_at"),
    UniqueConstraint("ticket_no", "reference"),
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
    Column("advice", Text),
    Column("published_by", Text),
    moment("published_at", required=False),
    CheckConstraint("ends_at > starts_at"),
)

outage_change = Table(  # append-only: published, extended, ended
    "outage_change",
    metadata,
    Column("outage_id", BigInteger, ForeignKey("billing.outage.outage_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    moment("at"),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),  # published | extended | ended
    moment("ends_at"),
    Column("note", Text, nullable=False, server_default=""),
    CheckConstraint("what in ('published','extended','ended')"),
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
    # Not to be delivered at night; see services/quiet_hours.py.
    Column("daytime", Boolean, nullable=False, server_default=text("false")),
    created(),
    moment("claimed_at", required=False),
    moment("pushed_at", required=False),
    moment("failed_at", required=False),  # no attempt delivered it
    Index("notice_of_account", "account_no", "topic"),
    Index("notice_waiting", "notice_id", postgresql_where=text("pushed_at is null")),
)
