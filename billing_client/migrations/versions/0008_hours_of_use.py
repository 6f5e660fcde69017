"""The hours of a day, for meters that send them.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE billing.daily_usage ADD COLUMN hours_l integer[],"
        " ADD CHECK (cardinality(hours_l) = 24)"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE billing.daily_usage DROP COLUMN hours_l")
