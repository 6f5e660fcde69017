"""Keys of the HTTP API, and the answers that writes were given."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from billing_client.store.tables.columns import created, metadata, moment

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Text, primary_key=True),  # the part of the key that is no secret
    Column("name", Text, nullable=False),  # who uses it
    Column("secret_hash", LargeBinary, nullable=False),  # SHA-256 of 32 random bytes
    Column("scopes", ARRAY(Text), nullable=False),
    Column("channels", ARRAY(Text)),  # whose users it may speak for; NULL: of every channel
    Column("requests_per_minute", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    created(),
    moment("last_used_at", required=False),  # to the minute
    moment("revoked_at", required=False),
    Column("revoked_by", Text),
    CheckConstraint("requests_per_minute > 0"),
    CheckConstraint("(revoked_at is null) = (revoked_by is null)"),
)

api_answer = Table(  # a write is claimed before it runs, and its answer kept for the repetition
    "api_answer",
    metadata,
    Column("key_id", Text, ForeignKey("billing.api_key.key_id"), primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),  # of the whole request
    moment("claimed_at"),
    Column("status", Integer),  # NULL while it runs
    Column("media", Text),
    Column("body", LargeBinary),
    Index("api_answer_age", "claimed_at"),
)
