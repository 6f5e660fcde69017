"""Conversations, their inbox and outbox, the dialogue state, workers, counted faults."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# last_seq counts the messages in both directions. A customer's next conversation goes
# on counting where the last one ended, so that a client's position never goes back.
# pulled: the customer's client fetches its messages (web, terminal); nothing is sent to it.
CONVERSATION = """
CREATE TABLE channels.conversation (
    conversation_id text PRIMARY KEY,
    channel text NOT NULL,
    channel_user text NOT NULL,
    pulled boolean NOT NULL,
    owner text NOT NULL DEFAULT 'bot' CHECK (owner IN ('bot', 'queue', 'agent', 'closed')),
    owner_number integer NOT NULL DEFAULT 1,
    owner_since timestamptz NOT NULL DEFAULT now(),
    handover_reason text,
    last_seq bigint NOT NULL DEFAULT 0,
    last_message_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX conversation_open
    ON channels.conversation (channel, channel_user) WHERE owner <> 'closed';
CREATE INDEX conversation_of_user ON channels.conversation (channel, channel_user);
CREATE INDEX conversation_with_staff
    ON channels.conversation (owner, owner_since) WHERE owner IN ('queue', 'agent');
"""

# said: what the bot is given, after a digit became the option it stands for.
INBOX = """
CREATE TABLE channels.inbox (
    conversation_id text NOT NULL REFERENCES channels.conversation,
    seq bigint NOT NULL,
    channel text NOT NULL,
    channel_user text NOT NULL,
    channel_key text NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    said text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL CHECK (state IN ('new', 'answered', 'apologised', 'for_staff')),
    attempts integer NOT NULL DEFAULT 0,
    claimed_by text,
    claimed_until timestamptz,
    received_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (conversation_id, seq),
    CONSTRAINT inbox_channel_key UNIQUE (channel, channel_user, channel_key)
);
CREATE INDEX inbox_new ON channels.inbox (received_at) WHERE state = 'new';
CREATE INDEX inbox_new_of_conversation
    ON channels.inbox (conversation_id, seq) WHERE state = 'new';
CREATE INDEX inbox_of_user ON channels.inbox (channel, channel_user, seq);
"""

OUTBOX = """
CREATE TABLE channels.outbox (
    conversation_id text NOT NULL REFERENCES channels.conversation,
    seq bigint NOT NULL,
    author text NOT NULL CHECK (author IN ('bot', 'agent', 'system')),
    reply jsonb NOT NULL,
    owner_number integer NOT NULL,
    answers_seq bigint,
    send_key text NOT NULL CONSTRAINT outbox_send_key UNIQUE,
    state text NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'held_back')),
    pulled boolean NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    PRIMARY KEY (conversation_id, seq)
);
CREATE INDEX outbox_to_send
    ON channels.outbox (next_attempt_at) WHERE state = 'waiting' AND NOT pulled;
"""

TRACKER = """
CREATE TABLE channels.tracker (
    conversation_id text PRIMARY KEY REFERENCES channels.conversation,
    state bytea NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now()
);
"""

WORKER = """
CREATE TABLE channels.worker (
    worker_id text PRIMARY KEY,
    loaded_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);
"""

EVENT_COUNT = """
CREATE TABLE channels.event_count (
    name text NOT NULL,
    day date NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (name, day)
);
"""

TABLES = ("event_count", "worker", "tracker", "outbox", "inbox", "conversation")


def upgrade() -> None:
    for statement in (CONVERSATION, INBOX, OUTBOX, TRACKER, WORKER, EVENT_COUNT):
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE channels.{table}")
