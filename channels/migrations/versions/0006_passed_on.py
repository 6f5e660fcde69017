"""Messages of our own accord that failed, and whether another way was found for them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE channels.outbox ADD COLUMN passed_on_at timestamptz")
    op.execute("""
        CREATE INDEX outbox_to_pass_on ON channels.outbox (created_at)
         WHERE state = 'failed' AND topic IS NOT NULL AND passed_on_at IS NULL
    """)
    op.execute("""
        CREATE INDEX outbox_told_account ON channels.outbox (account_no, created_at)
         WHERE topic IS NOT NULL
    """)


def downgrade() -> None:
    op.execute("DROP INDEX channels.outbox_told_account, channels.outbox_to_pass_on")
    op.execute("ALTER TABLE channels.outbox DROP COLUMN passed_on_at")
