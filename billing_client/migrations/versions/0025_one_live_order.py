"""One live order for a set of bills, held by the database too.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE billing.payment_order ADD COLUMN bills text;
CREATE UNIQUE INDEX one_live_order_of_bills ON billing.payment_order (account_no, bills)
    WHERE kind = 'manual' AND state IN ('CREATED','PENDING','UNKNOWN');
"""

DOWN = """
DROP INDEX billing.one_live_order_of_bills;
ALTER TABLE billing.payment_order DROP COLUMN bills;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
