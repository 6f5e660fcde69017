"""Kinds of bills, what a price depended on, prices that change within a bill, water plans.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE billing.bill
    ADD COLUMN kind text NOT NULL DEFAULT 'regular',
    ADD COLUMN number smallint NOT NULL DEFAULT 1,
    ADD COLUMN special jsonb,
    ADD CHECK (kind in ('regular','final','adjustment')),
    ADD CHECK (kind <> 'regular' or number = 1),
    DROP CONSTRAINT bill_account_no_period_meter_no_key,
    ADD UNIQUE (account_no, period, kind, number);
ALTER TABLE billing.bill_line
    ADD COLUMN part smallint NOT NULL DEFAULT 1,
    ADD COLUMN unit text NOT NULL DEFAULT 'm3';
CREATE TABLE billing.water_plan (
    account_no text NOT NULL REFERENCES billing.account (account_no),
    first_period text NOT NULL,
    last_period text NOT NULL,
    plan_l bigint NOT NULL,
    PRIMARY KEY (account_no, first_period),
    CHECK (plan_l > 0 and last_period >= first_period)
);
"""

DOWN = """
DROP TABLE billing.water_plan;
ALTER TABLE billing.bill_line DROP COLUMN part, DROP COLUMN unit;
ALTER TABLE billing.bill
    DROP COLUMN kind, DROP COLUMN number, DROP COLUMN special,
    ADD UNIQUE (account_no, period, meter_no);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
