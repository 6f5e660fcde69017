"""Notes of staff on a conversation, and a full-text index over what was said."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# seq: the number of the newest message before it. A note is never in the outbox.
NOTE = """
CREATE TABLE channels.note (
    note_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id text NOT NULL REFERENCES channels.conversation ON DELETE CASCADE,
    seq bigint NOT NULL,
    author text NOT NULL,
    text text NOT NULL,
    form_key text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX note_of_conversation ON channels.note (conversation_id, seq);
"""

# Chinese has no blanks between words, so what is indexed is each pair of neighbours; a text of
# one character is a pair by itself.
PAIRS = """
CREATE FUNCTION channels.pairs(said text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE WHEN length(said) < 2 THEN ARRAY[lower(said)] ELSE (
        SELECT array_agg(substr(lower(said), n, 2)) FROM generate_series(1, length(said) - 1) n
    ) END
$$;
CREATE INDEX inbox_pairs ON channels.inbox USING gin (channels.pairs(text));
CREATE INDEX note_pairs ON channels.note USING gin (channels.pairs(text));
CREATE INDEX outbox_pairs ON channels.outbox USING gin (channels.pairs(reply ->> 'text'))
    WHERE author = 'agent';
"""


def upgrade() -> None:
    for statement in (NOTE, PAIRS):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX channels.outbox_pairs, channels.inbox_pairs")
    op.execute("DROP TABLE channels.note")
    op.execute("DROP FUNCTION channels.pairs(text)")
