"""Who may see which account: bindings, one-time codes, limits on guessing."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, text

from billing_client.store.tables.columns import metadata, moment, row_id

binding = Table(
    "binding",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("channel_user", Text, primary_key=True),
    Column("account_no", Text, ForeignKey("billing.account.account_no"), primary_key=True),
    moment("bound_at"),
    moment("fresh_until", required=False),  # a code was proved less than 15 minutes ago
    Index("binding_account", "account_no"),
)

one_time_code = Table(
    "one_time_code",
    metadata,
    row_id("code_id"),
    Column("channel", Text, nullable=False),
    Column("channel_user", Text, nullable=False),
    Column("account_no", Text, nullable=False),
    Column("phone", Text, nullable=False),
    # Asked for by the phone alone: the code proves every account with that phone on file.
    Column("whole_phone", Boolean, nullable=False, server_default=text("false")),
    Column("code_hash", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    moment("sent_at"),
    moment("expires_at"),
    moment("used_at", required=False),
    Index("code_user", "channel", "channel_user", "sent_at"),
    Index("code_account", "account_no", "sent_at"),
)

sandbox_sms = Table(  # what the sandbox phone shows; only the sandbox sender writes it
    "sandbox_sms",
    metadata,
    row_id("sms_id"),
    Column("phone", Text, nullable=False),
    Column("text", Text, nullable=False),
    moment("sent_at"),
    Index("sandbox_sms_phone", "phone", "sent_at"),
)

guess = Table(  # failed look-ups and codes, for the limits on guessing
    "guess",
    metadata,
    row_id("guess_id"),
    Column("kind", Text, nullable=False),  # account | code
    Column(
        "subject", Text, nullable=False
    ),  # 'web:abc' or 'account:1000000001' or 'address:1.2.3.4'
    moment("at"),
    Index("guess_subject", "kind", "subject", "at"),
)
