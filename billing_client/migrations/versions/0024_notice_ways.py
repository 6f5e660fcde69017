"""Notices that could not be delivered are told another way.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE billing.notice ADD COLUMN failed_at timestamptz")
    op.execute("CREATE INDEX notice_of_account ON billing.notice (account_no, topic)")


def downgrade() -> None:
    op.execute("DROP INDEX billing.notice_of_account")
    op.execute("ALTER TABLE billing.notice DROP COLUMN failed_at")
