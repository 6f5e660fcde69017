"""The moment an account changed hands.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.Column(
        "handed_over_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    )
    op.add_column("account_owner", moment, schema="billing")


def downgrade() -> None:
    op.drop_column("account_owner", "handed_over_at", schema="billing")
