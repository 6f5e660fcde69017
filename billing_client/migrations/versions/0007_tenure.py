"""Owners and terms of an account over time, old numbers, settlements and reminders.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE billing.account
    ADD COLUMN closed_on date,
    ADD COLUMN paused_until date,
    ADD COLUMN owner_since date,
    ADD COLUMN zone text,
    ADD COLUMN main_account_no text,
    ADD COLUMN email text,
    ADD COLUMN invoice_title text,
    ADD COLUMN invoice_tax_no text,
    ADD CHECK ((supply_state = 'closed') >= (closed_on IS NOT NULL)),
    ADD CHECK (main_account_no <> account_no);
CREATE INDEX account_zone ON billing.account (zone) WHERE zone IS NOT NULL;
CREATE INDEX account_main ON billing.account (main_account_no) WHERE main_account_no IS NOT NULL;
CREATE TABLE billing.account_alias (
    old_no text PRIMARY KEY,
    account_no text NOT NULL REFERENCES billing.account (account_no)
);
CREATE INDEX account_alias_account ON billing.account_alias (account_no);
CREATE TABLE billing.billing_term (
    account_no text NOT NULL REFERENCES billing.account (account_no),
    what text NOT NULL CHECK (what IN ('persons', 'customer_class', 'low_income')),
    valid_from date NOT NULL,
    valid_to date,
    value jsonb NOT NULL,
    evidence text,
    ticket_no text,
    granted_by text NOT NULL,
    PRIMARY KEY (account_no, what, valid_from),
    CHECK (valid_to >= valid_from)
);
CREATE INDEX billing_term_end ON billing.billing_term (valid_to);
CREATE TABLE billing.account_settlement (
    account_no text NOT NULL REFERENCES billing.account (account_no),
    settled_on date NOT NULL,
    bill_id bigint,
    settled_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_no, settled_on)
);
CREATE TABLE billing.account_owner (
    account_no text NOT NULL REFERENCES billing.account (account_no),
    until date NOT NULL,
    since date NOT NULL,
    owner_name text NOT NULL,
    phone text NOT NULL,
    ticket_no text,
    PRIMARY KEY (account_no, until)
);
CREATE TABLE billing.reminder_preference (
    channel text NOT NULL,
    channel_user text NOT NULL,
    account_no text NOT NULL REFERENCES billing.account (account_no),
    topic text NOT NULL CHECK (topic IN ('bill', 'due', 'outage', 'usage')),
    wanted boolean NOT NULL,
    PRIMARY KEY (channel, channel_user, account_no, topic)
);
CREATE TRIGGER billing_term_audit AFTER INSERT OR UPDATE OR DELETE ON billing.billing_term
    FOR EACH ROW EXECUTE FUNCTION billing.write_audit('account_no', 'what', 'valid_from');
CREATE TRIGGER account_alias_audit AFTER INSERT OR UPDATE OR DELETE ON billing.account_alias
    FOR EACH ROW EXECUTE FUNCTION billing.write_audit('old_no');
"""

DOWN = """
DROP TABLE billing.reminder_preference, billing.account_owner, billing.account_settlement,
    billing.billing_term, billing.account_alias;
ALTER TABLE billing.account
    DROP COLUMN closed_on, DROP COLUMN paused_until, DROP COLUMN owner_since,
    DROP COLUMN zone, DROP COLUMN main_account_no, DROP COLUMN email,
    DROP COLUMN invoice_title, DROP COLUMN invoice_tax_no;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
