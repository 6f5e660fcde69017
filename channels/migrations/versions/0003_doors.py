"""What deliveries to push channels need: whose they are, how far they got, what they tell."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# topic: what a message of our own accord tells (bill_issued, …); none for an answer.
# parts_sent: how many of the messages that a long reply becomes are out.
# vendor_id: the provider's number of the last of them, for its receipts.
# postponed: the channel lets us write again once the customer has.
OUTBOX = """
ALTER TABLE channels.outbox
    ADD COLUMN channel text, ADD COLUMN topic text, ADD COLUMN account_no text,
    ADD COLUMN parts_sent integer NOT NULL DEFAULT 0, ADD COLUMN vendor_id text,
    DROP CONSTRAINT outbox_state_check,
    ADD CONSTRAINT outbox_state_check
        CHECK (state IN ('waiting', 'sent', 'failed', 'held_back', 'postponed'));
UPDATE channels.outbox o SET channel = c.channel
  FROM channels.conversation c WHERE c.conversation_id = o.conversation_id;
ALTER TABLE channels.outbox ALTER COLUMN channel SET NOT NULL;
DROP INDEX channels.outbox_to_send;
CREATE INDEX outbox_to_send
    ON channels.outbox (channel, next_attempt_at) WHERE state = 'waiting' AND NOT pulled;
CREATE INDEX outbox_waiting_of_conversation
    ON channels.outbox (conversation_id, seq) WHERE state = 'waiting' AND NOT pulled;
CREATE INDEX outbox_told_of ON channels.outbox (topic, created_at) WHERE topic IS NOT NULL;
"""

# Until then the answer may go out in the answer to the channel's own request (WeChat), so
# the delivery leaves it alone.
INBOX = "ALTER TABLE channels.inbox ADD COLUMN reply_window_until timestamptz"


def upgrade() -> None:
    for statement in (OUTBOX, INBOX):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE channels.inbox DROP COLUMN reply_window_until")
    op.execute("""
        UPDATE channels.outbox SET state = 'failed' WHERE state = 'postponed';
        DROP INDEX channels.outbox_told_of, channels.outbox_waiting_of_conversation;
        DROP INDEX channels.outbox_to_send;
        ALTER TABLE channels.outbox
            DROP CONSTRAINT outbox_state_check,
            ADD CONSTRAINT outbox_state_check
                CHECK (state IN ('waiting', 'sent', 'failed', 'held_back')),
            DROP COLUMN channel, DROP COLUMN topic, DROP COLUMN account_no,
            DROP COLUMN parts_sent, DROP COLUMN vendor_id;
        CREATE INDEX outbox_to_send
            ON channels.outbox (next_attempt_at) WHERE state = 'waiting' AND NOT pulled;
    """)
