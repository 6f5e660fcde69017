"""Direct debit by batch files: mandates, batches, rows.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE billing.bank_mandate (
    contract_code text PRIMARY KEY REFERENCES billing.autopay_contract,
    bank_name text NOT NULL,
    holder text NOT NULL,
    number_sealed bytea NOT NULL,
    last_four text NOT NULL,
    consent text NOT NULL,
    entered_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE billing.bank_batch (
    batch_no text PRIMARY KEY,
    state text NOT NULL CHECK (state in ('MADE','SENT','POSTED')),
    row_count integer NOT NULL,
    total_fen bigint NOT NULL,
    made_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    posted_at timestamptz
);
CREATE TABLE billing.bank_batch_row (
    batch_no text NOT NULL REFERENCES billing.bank_batch,
    row_no integer NOT NULL,
    account_no text NOT NULL,
    order_no text NOT NULL UNIQUE REFERENCES billing.payment_order,
    contract_code text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    result_code text,
    bank_seq text,
    PRIMARY KEY (batch_no, row_no)
);
"""

DOWN = """
DROP TABLE billing.bank_batch_row;
DROP TABLE billing.bank_batch;
DROP TABLE billing.bank_mandate;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
