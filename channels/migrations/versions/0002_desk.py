"""The desk: staff and their sessions, who owns a conversation, and each change of owner."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# demo: made for the demo, refused in production. A name stays after its owner has left
# (active false), because conversations and audit lines speak of it.
STAFF = """
CREATE TABLE channels.staff (
    staff_name text PRIMARY KEY,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('agent', 'supervisor')),
    demo boolean NOT NULL DEFAULT false,
    active boolean NOT NULL DEFAULT true,
    failed_tries integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
"""

# The cookie holds the token; only its hash is kept here.
STAFF_SESSION = """
CREATE TABLE channels.staff_session (
    token_hash bytea PRIMARY KEY,
    staff_name text NOT NULL REFERENCES channels.staff ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz
);
CREATE INDEX staff_session_of ON channels.staff_session (staff_name, used_at);
"""

OWNER = """
ALTER TABLE channels.conversation ADD COLUMN agent text;
"""

# seq: the number of the newest message before it, its place in the history.
OWNER_CHANGE = """
CREATE TABLE channels.owner_change (
    conversation_id text NOT NULL REFERENCES channels.conversation ON DELETE CASCADE,
    owner_number integer NOT NULL,
    seq bigint NOT NULL,
    owner text NOT NULL,
    agent text,
    changed_by text,
    reason text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, owner_number)
);
"""

# What was said lately, in whichever conversation. Messages come in the order of time, so a
# block range index finds them at next to no cost for each message.
SAID_LATELY = """
CREATE INDEX inbox_said_lately ON channels.inbox USING brin (received_at)
    WITH (pages_per_range = 16);
"""


def upgrade() -> None:
    for statement in (STAFF, STAFF_SESSION, OWNER, OWNER_CHANGE, SAID_LATELY):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX channels.inbox_said_lately")
    op.execute("DROP TABLE channels.owner_change, channels.staff_session, channels.staff")
    op.execute("ALTER TABLE channels.conversation DROP COLUMN agent")
