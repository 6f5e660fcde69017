"""Keys of the HTTP API, and the answers that writes were given.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE billing.api_key (
    key_id text PRIMARY KEY,
    name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    channels text[],
    requests_per_minute integer NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    revoked_by text,
    CHECK (requests_per_minute > 0),
    CHECK ((revoked_at is null) = (revoked_by is null))
);
CREATE TABLE billing.api_answer (
    key_id text NOT NULL REFERENCES billing.api_key,
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    claimed_at timestamptz NOT NULL,
    status integer,
    media text,
    body bytea,
    PRIMARY KEY (key_id, idempotency_key)
);
CREATE INDEX api_answer_age ON billing.api_answer (claimed_at);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute("DROP TABLE billing.api_answer, billing.api_key")
