"""Reconciliation: providers' daily bills, differences, and the days that were compared.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE billing.recon_row (
    provider text NOT NULL,
    day date NOT NULL,
    line integer NOT NULL,
    kind text NOT NULL CHECK (kind in ('payment','refund')),
    number text NOT NULL,
    order_no text NOT NULL,
    ref text NOT NULL,
    amount_fen bigint NOT NULL,
    fee_yuan numeric(14, 5) NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (provider, day, line)
);
CREATE INDEX recon_row_number ON billing.recon_row (provider, number);
CREATE TABLE billing.recon_finding (
    provider text NOT NULL,
    day date NOT NULL,
    fault text NOT NULL,
    kind text NOT NULL,
    number text NOT NULL,
    ref text NOT NULL DEFAULT '',
    theirs_fen bigint,
    ours_fen bigint,
    booked_fen bigint,
    settled_late boolean NOT NULL,
    PRIMARY KEY (provider, day, fault, kind, number, ref)
);
CREATE TABLE billing.recon_day (
    provider text NOT NULL,
    day date NOT NULL,
    rows integer NOT NULL,
    payments_fen bigint NOT NULL,
    refunds_fen bigint NOT NULL,
    fee_fen bigint NOT NULL,
    payout_fen bigint NOT NULL,
    done_at timestamptz NOT NULL,
    PRIMARY KEY (provider, day)
);
CREATE INDEX payment_order_paid ON billing.payment_order (provider, paid_at)
    WHERE paid_at IS NOT NULL;
"""

DOWN = """
DROP INDEX billing.payment_order_paid;
DROP TABLE billing.recon_row, billing.recon_finding, billing.recon_day;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
