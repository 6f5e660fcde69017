"""A code may be asked for by the phone on file, without the account number.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("whole_phone", sa.Boolean, nullable=False, server_default=sa.text("false"))
    op.add_column("one_time_code", column, schema="billing")


def downgrade() -> None:
    op.drop_column("one_time_code", "whole_phone", schema="billing")
