"""Orders say where the payer pays; nonces of notices are remembered against replay.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE billing.payment_order
    ADD COLUMN scene text NOT NULL DEFAULT 'qr', ADD COLUMN payer text;
CREATE TABLE billing.notice_nonce (
    provider text NOT NULL,
    nonce text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, nonce)
);
CREATE INDEX notice_nonce_at ON billing.notice_nonce (at);
"""

DOWN = """
DROP TABLE billing.notice_nonce;
ALTER TABLE billing.payment_order DROP COLUMN scene, DROP COLUMN payer;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
