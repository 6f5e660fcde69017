"""Cancelled bills are kept whole; no other bill can be deleted.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE billing.cancelled_bill (
    account_no text NOT NULL,
    bill_id bigint NOT NULL,
    period text NOT NULL,
    total_fen bigint NOT NULL,
    credited_fen bigint NOT NULL,
    reason text NOT NULL,
    cancelled_by text NOT NULL,
    cancelled_at timestamptz NOT NULL,
    document jsonb NOT NULL,
    PRIMARY KEY (account_no, bill_id),
    CHECK (btrim(reason) <> '')
);
CREATE INDEX cancelled_bill_period ON billing.cancelled_bill (account_no, period);
CREATE TRIGGER cancelled_bill_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON billing.cancelled_bill FOR EACH STATEMENT EXECUTE FUNCTION billing.refuse_change();
CREATE TRIGGER cancelled_bill_audit AFTER INSERT ON billing.cancelled_bill
    FOR EACH ROW EXECUTE FUNCTION billing.write_audit('account_no', 'bill_id');
CREATE FUNCTION billing.refuse_lost_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM billing.cancelled_bill AS kept
                    WHERE kept.account_no = OLD.account_no AND kept.bill_id = OLD.bill_id) THEN
        RAISE EXCEPTION 'bill % is deleted without being cancelled', OLD.bill_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER bill_is_kept BEFORE DELETE ON billing.bill
    FOR EACH ROW EXECUTE FUNCTION billing.refuse_lost_bill();
"""

DOWN = """
DROP TRIGGER bill_is_kept ON billing.bill;
DROP FUNCTION billing.refuse_lost_bill();
DROP TABLE billing.cancelled_bill;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
