"""The desk's watch: whose browser is there, what the queue was told, tickets of the night."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# seen_at: the browser asked for something, by itself or not; used_at: somebody used it.
SEEN = "ALTER TABLE channels.staff_session ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now()"

# What a waiting customer was last told of the place in the queue.
QUEUE_PLACE = """
CREATE TABLE channels.queue_place (
    conversation_id text NOT NULL REFERENCES channels.conversation ON DELETE CASCADE,
    owner_number integer NOT NULL,
    place integer NOT NULL,
    told integer NOT NULL DEFAULT 1,
    told_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (conversation_id, owner_number)
);
"""

# A wish for a person that came out of hours; open until a member of staff picks it up.
DESK_TICKET = """
CREATE TABLE channels.desk_ticket (
    ticket_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id text NOT NULL REFERENCES channels.conversation ON DELETE CASCADE,
    reason text,
    opened_at timestamptz NOT NULL DEFAULT now(),
    picked_up_at timestamptz,
    picked_up_by text
);
CREATE UNIQUE INDEX desk_ticket_open
    ON channels.desk_ticket (conversation_id) WHERE picked_up_at IS NULL;
"""

# For the waiting times of the last hours.
OWNER_CHANGED_AT = "CREATE INDEX owner_changed_at ON channels.owner_change (changed_at)"


def upgrade() -> None:
    for statement in (SEEN, QUEUE_PLACE, DESK_TICKET, OWNER_CHANGED_AT):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX channels.owner_changed_at")
    op.execute("DROP TABLE channels.desk_ticket, channels.queue_place")
    op.execute("ALTER TABLE channels.staff_session DROP COLUMN seen_at")
