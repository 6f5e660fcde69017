"""What money needs a person for: opened by the system, closed by staff."""

from sqlalchemy import CheckConstraint, Column, Index, Table, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB

from billing_client.store.tables.columns import created, metadata, moment, row_id

staff_task = Table(
    "staff_task",
    metadata,
    row_id("task_id"),
    Column("kind", Text, nullable=False),  # services/staff_tasks.py
    Column("ref", Text, nullable=False),  # of what it is about: opened once
    Column("account_no", Text),
    Column("facts", JSONB, nullable=False),
    created(),
    moment("done_at", required=False),
    Column("done_by", Text),
    Column("note", Text),
    CheckConstraint("(done_at is null) = (done_by is null)"),
    UniqueConstraint("kind", "ref"),
    Index("staff_task_open", "task_id", postgresql_where=text("done_at is null")),
)
