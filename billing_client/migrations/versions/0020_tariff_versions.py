"""No two versions of a city's tariff begin on the same day.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE billing.tariff ADD UNIQUE (city, valid_from)")


def downgrade() -> None:
    op.execute("ALTER TABLE billing.tariff DROP CONSTRAINT tariff_city_valid_from_key")
