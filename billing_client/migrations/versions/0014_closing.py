"""Closed days and months: the database refuses to post into them.

A journal about an event of a closed day is booked on the first open day (``booked_on``);
``at`` stays the moment of the event.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE billing.journal ADD COLUMN booked_on date;
CREATE TABLE billing.closing (
    kind text NOT NULL,
    last_day date NOT NULL,
    closed_at timestamptz NOT NULL,
    closed_by text NOT NULL,
    trial_balance jsonb NOT NULL,
    PRIMARY KEY (kind, last_day),
    CHECK (kind in ('day','month'))
);
CREATE FUNCTION billing.refuse_closed_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed date := (SELECT max(last_day) FROM billing.closing);
    refused date;
BEGIN
    IF closed IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT min(coalesce(booked_on, (at AT TIME ZONE 'Asia/Shanghai')::date)) INTO refused
      FROM posted;
    IF refused <= closed THEN
        RAISE EXCEPTION 'the books are closed until %, nothing may be booked on %', closed, refused
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER journal_open_days AFTER INSERT ON billing.journal
    REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_closed_day();
CREATE TRIGGER closing_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON billing.closing
    FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
"""

DOWN = """
DROP TABLE billing.closing;
DROP TRIGGER journal_open_days ON billing.journal;
DROP FUNCTION billing.refuse_closed_day();
ALTER TABLE billing.journal DROP COLUMN booked_on;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
