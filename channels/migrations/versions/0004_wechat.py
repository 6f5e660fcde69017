"""WeChat: the token that all processes share, what we may still send to whom, templates."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TOKENS = """
CREATE TABLE channels.vendor_token (
    name text PRIMARY KEY,
    token text NOT NULL,
    expires_at timestamptz NOT NULL,
    fetched_at timestamptz NOT NULL DEFAULT now()
);
"""

# Two budgets, as WeChat keeps them: what a message allows and what a tap or a scan allows.
ALLOWANCE = """
CREATE TABLE channels.wechat_allowance (
    channel_user text PRIMARY KEY,
    following boolean NOT NULL DEFAULT true,
    message_left integer NOT NULL DEFAULT 0,
    message_until timestamptz NOT NULL DEFAULT '-infinity',
    event_left integer NOT NULL DEFAULT 0,
    event_until timestamptz NOT NULL DEFAULT '-infinity'
);
"""

# What a message of our own accord tells, for providers that take figures and no sentences.
FIELDS = "ALTER TABLE channels.outbox ADD COLUMN fields jsonb"


def upgrade() -> None:
    for statement in (TOKENS, ALLOWANCE, FIELDS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE channels.outbox DROP COLUMN fields")
    op.execute("DROP TABLE channels.wechat_allowance, channels.vendor_token")
