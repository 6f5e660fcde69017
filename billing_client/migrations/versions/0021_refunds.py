"""Refunds: reserved on the order and in the ledger, approved by a second person above a limit.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE billing.payment_order
    ADD COLUMN refunding_fen bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT given_back_once CHECK (
        refunding_fen >= 0 AND refunded_fen + refunding_fen <= amount_fen);
CREATE TABLE billing.refund (
    account_no text NOT NULL REFERENCES billing.account (account_no),
    refund_no text PRIMARY KEY,
    idempotency_key text NOT NULL,
    order_no text NOT NULL REFERENCES billing.payment_order (order_no),
    provider text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    reason text NOT NULL,
    from_bills boolean NOT NULL,
    state text NOT NULL,
    failure text,
    set_aside boolean NOT NULL DEFAULT false,
    limit_fen bigint NOT NULL,
    proposed_by text NOT NULL,
    approved_by text,
    provider_refund text,
    conversation_id text,
    channel text,
    channel_user text,
    attempts integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    CONSTRAINT two_persons CHECK (approved_by <> proposed_by),
    CONSTRAINT approved_above_the_limit CHECK (
        amount_fen <= limit_fen OR approved_by IS NOT NULL
        OR state IN ('WAITING_APPROVAL','REJECTED')),
    CONSTRAINT money_first CHECK (set_aside OR state NOT IN ('SENT','DONE','ABNORMAL')),
    UNIQUE (account_no, idempotency_key)
);
CREATE INDEX refund_account ON billing.refund (account_no, created_at);
CREATE INDEX refund_order ON billing.refund (order_no);
CREATE INDEX refund_due ON billing.refund (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE TRIGGER refund_audit_insert AFTER INSERT ON billing.refund FOR EACH ROW
    EXECUTE FUNCTION billing.write_audit('refund_no');
CREATE TRIGGER refund_audit_update AFTER UPDATE ON billing.refund FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION billing.write_audit('refund_no');
"""

DOWN = """
DROP TABLE billing.refund;
ALTER TABLE billing.payment_order DROP CONSTRAINT given_back_once, DROP COLUMN refunding_fen;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
