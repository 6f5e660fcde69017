"""SMS: what was sent, what became of it and what it costs; who wants none."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A row is there before the provider is called, so that after a call without an answer the
# provider is asked instead of sending twice. price_e4: of the whole message, in 1/10,000 yuan.
SENT = """
CREATE TABLE channels.sms_sent (
    out_id text PRIMARY KEY,
    phone text NOT NULL,
    topic text,
    parts integer NOT NULL,
    price_e4 bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('sending', 'sent', 'refused')),
    vendor_id text,
    began_at timestamptz NOT NULL DEFAULT now(),
    receipt text,
    delivered boolean,
    receipt_at timestamptz
);
CREATE INDEX sms_sent_to ON channels.sms_sent (phone, began_at);
CREATE INDEX sms_sent_as ON channels.sms_sent (vendor_id, phone);
"""

OPT_OUT = """
CREATE TABLE channels.sms_opt_out (
    phone text PRIMARY KEY,
    said text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    for statement in (SENT, OPT_OUT):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE channels.sms_opt_out, channels.sms_sent")
