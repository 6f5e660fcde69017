"""The bill run's progress and exceptions, and the prepaid balance of each account.

The balance follows the postings by a trigger and cannot become negative.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE billing.bill_run_chunk (
    period text NOT NULL,
    chunk integer NOT NULL,
    first_account text NOT NULL,
    last_account text NOT NULL,
    done_at timestamptz,
    bills bigint NOT NULL DEFAULT 0,
    total_fen bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (period, chunk)
);
CREATE TABLE billing.bill_run_exception (
    period text NOT NULL,
    account_no text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (period, account_no)
);
CREATE TABLE billing.prepaid_balance (
    account_no text PRIMARY KEY,
    balance_fen bigint NOT NULL,
    CHECK (balance_fen >= 0)
);
INSERT INTO billing.prepaid_balance
SELECT account_no, sum(fen) FROM
  (SELECT substr(credit, 8) AS account_no, amount_fen AS fen
     FROM billing.posting WHERE credit LIKE 'credit:%'
   UNION ALL
   SELECT substr(debit, 8), -amount_fen FROM billing.posting WHERE debit LIKE 'credit:%') AS sides
 GROUP BY account_no;
CREATE FUNCTION billing.follow_prepaid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO billing.prepaid_balance AS held
    SELECT account_no, sum(fen) FROM
      (SELECT substr(credit, 8) AS account_no, amount_fen AS fen
         FROM posted WHERE starts_with(credit, 'credit:')
       UNION ALL
       SELECT substr(debit, 8), -amount_fen
         FROM posted WHERE starts_with(debit, 'credit:')) AS sides
     GROUP BY account_no HAVING sum(fen) > 0
     ORDER BY account_no
    ON CONFLICT (account_no) DO UPDATE SET balance_fen = held.balance_fen + excluded.balance_fen;
    UPDATE billing.prepaid_balance AS held SET balance_fen = held.balance_fen + less.fen
      FROM (SELECT account_no, sum(fen) AS fen FROM
              (SELECT substr(credit, 8) AS account_no, amount_fen AS fen
                 FROM posted WHERE starts_with(credit, 'credit:')
               UNION ALL
               SELECT substr(debit, 8), -amount_fen
                 FROM posted WHERE starts_with(debit, 'credit:')) AS sides
             GROUP BY account_no HAVING sum(fen) < 0) AS less
     WHERE held.account_no = less.account_no;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_prepaid AFTER INSERT ON billing.posting
    REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION billing.follow_prepaid();
"""

DOWN = """
DROP TRIGGER posting_prepaid ON billing.posting;
DROP FUNCTION billing.follow_prepaid();
DROP TABLE billing.prepaid_balance, billing.bill_run_exception, billing.bill_run_chunk;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
