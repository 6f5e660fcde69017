"""The proof of the books: invariants as SQL, each showing the rows that break it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Each query returns nothing when the books are right.
INVARIANTS: dict[str, str] = {
    "receivable of an account = its open bills with posted late fees": """
        SELECT account_no, open_fen, ledger_fen FROM
          (SELECT account_no, sum(total_fen + late_fee_fen - paid_fen) AS open_fen
             FROM billing.bill GROUP BY account_no) AS bills
          FULL JOIN
          (SELECT account_no, sum(fen) AS ledger_fen FROM
             (SELECT substr(debit, 4) AS account_no, amount_fen AS fen
                FROM billing.posting WHERE debit LIKE 'ar:%'
              UNION ALL
              SELECT substr(credit, 4), -amount_fen
                FROM billing.posting WHERE credit LIKE 'ar:%') AS sides
             GROUP BY account_no) AS ledger USING (account_no)
        WHERE coalesce(open_fen, 0) <> coalesce(ledger_fen, 0)""",
    "paid part of a bill = its allocations": """
        SELECT account_no, bill_id, paid_fen, allocated_fen
          FROM billing.bill LEFT JOIN
               (SELECT account_no, bill_id, sum(amount_fen) AS allocated_fen
                  FROM billing.allocation GROUP BY account_no, bill_id) AS sums
               USING (account_no, bill_id)
        WHERE paid_fen <> coalesce(allocated_fen, 0)""",
    "nothing is settled of a bill that was cancelled": """
        SELECT account_no, bill_id, sum(amount_fen) AS allocated_fen
          FROM billing.allocation AS a
         WHERE NOT EXISTS (SELECT FROM billing.bill AS b
                            WHERE b.account_no = a.account_no AND b.bill_id = a.bill_id)
         GROUP BY account_no, bill_id HAVING sum(amount_fen) <> 0""",
    "a bill that was cancelled was taken back whole": """
        SELECT account_no, bill_id, total_fen, back_fen
          FROM billing.cancelled_bill LEFT JOIN
               (SELECT ref, sum(amount_fen) AS back_fen
                  FROM billing.journal JOIN billing.posting USING (journal_id)
                 WHERE kind = 'cancel' GROUP BY ref) AS taken ON ref = bill_id::text
         WHERE coalesce(back_fen, 0)
               <> total_fen + (document #>> '{bill,late_fee_fen}')::bigint""",
    "an adjustment that was posted = its journal": """
        SELECT account_no, adjustment_id, a.kind, amount_fen, booked_fen
          FROM billing.adjustment AS a LEFT JOIN
               (SELECT kind, ref, sum(amount_fen) AS booked_fen
                  FROM billing.journal JOIN billing.posting USING (journal_id)
                 WHERE kind IN ('adjust', 'write_off', 'recover') GROUP BY kind, ref) AS booked
               ON ref = adjustment_id::text AND booked.kind = CASE a.kind
                  WHEN 'credit' THEN 'adjust' WHEN 'recovery' THEN 'recover' ELSE a.kind END
         WHERE a.kind <> 'debit'
           AND coalesce(booked_fen, 0) <> CASE a.state WHEN 'posted' THEN amount_fen ELSE 0 END""",
    "late fee paid <= late fee posted": """
        SELECT account_no, bill_id, late_fee_fen, sum(amount_fen) AS paid_fen
          FROM billing.bill JOIN billing.allocation USING (account_no, bill_id)
         WHERE part = 'late_fee' GROUP BY account_no, bill_id, late_fee_fen
        HAVING sum(amount_fen) > late_fee_fen""",
    "total of a bill = its items": """
        SELECT account_no, bill_id, total_fen, items_fen
          FROM billing.bill LEFT JOIN
               (SELECT account_no, bill_id, sum(amount_fen) AS items_fen
                  FROM billing.bill_item GROUP BY account_no, bill_id) AS sums
               USING (account_no, bill_id)
        WHERE total_fen <> coalesce(items_fen, 0)""",
    "prepaid balance is never negative": """
        SELECT account, sum(fen) AS balance_fen FROM
          (SELECT credit AS account, amount_fen AS fen
             FROM billing.posting WHERE credit LIKE 'credit:%'
           UNION ALL
           SELECT debit, -amount_fen FROM billing.posting WHERE debit LIKE 'credit:%') AS sides
        GROUP BY account HAVING sum(fen) < 0""",
    "prepaid balance kept = its postings": """
        SELECT account_no, balance_fen, ledger_fen FROM billing.prepaid_balance FULL JOIN
          (SELECT account_no, sum(fen) AS ledger_fen FROM
             (SELECT substr(credit, 8) AS account_no, amount_fen AS fen
                FROM billing.posting WHERE credit LIKE 'credit:%'
              UNION ALL
              SELECT substr(debit, 8), -amount_fen
                FROM billing.posting WHERE debit LIKE 'credit:%') AS sides
            GROUP BY account_no) AS ledger USING (account_no)
        WHERE coalesce(balance_fen, 0) <> coalesce(ledger_fen, 0)""",
    "items of a bill = its lines, rounded once": """
        SELECT account_no, bill_id, component, amount_fen, lines_fen
          FROM billing.bill_item FULL JOIN
               (SELECT account_no, bill_id, component,
                       (sum(amount_e5)::bigint + 50000) / 100000 AS lines_fen
                  FROM billing.bill_line GROUP BY account_no, bill_id, component) AS sums
               USING (account_no, bill_id, component)
        WHERE coalesce(amount_fen, 0) <> coalesce(lines_fen, 0)""",
    "a line = its volume x its price": """
        SELECT account_no, bill_id, line, volume_l, price_e4, amount_e5
          FROM billing.bill_line WHERE amount_e5 <> volume_l * price_e4""",
    "money received = paid orders less refunds": """
        SELECT provider, ledger_fen, orders_fen FROM
          (SELECT substr(account, 6) AS provider, sum(fen) AS ledger_fen FROM
             (SELECT debit AS account, amount_fen AS fen
                FROM billing.posting JOIN billing.journal USING (journal_id)
               WHERE debit LIKE 'bank:%' AND kind NOT IN ('suspense', 'fee', 'payout')
              UNION ALL
              SELECT credit, -amount_fen
                FROM billing.posting JOIN billing.journal USING (journal_id)
               WHERE credit LIKE 'bank:%' AND kind NOT IN ('suspense', 'fee', 'payout')) AS sides
             GROUP BY account) AS ledger
          FULL JOIN
          (SELECT provider, sum(amount_fen - refunded_fen) AS orders_fen
             FROM billing.payment_order WHERE state = 'PAID' GROUP BY provider) AS orders
          USING (provider)
        WHERE coalesce(ledger_fen, 0) <> coalesce(orders_fen, 0)""",
    "given back and about to be = the refunds of the order": """
        SELECT order_no, refunded_fen, refunding_fen, done_fen, under_way_fen
          FROM billing.payment_order LEFT JOIN
               (SELECT order_no,
                       coalesce(sum(amount_fen) FILTER (WHERE state = 'DONE'), 0) AS done_fen,
                       coalesce(sum(amount_fen) FILTER (WHERE state IN ('WAITING_APPROVAL',
                           'RED_LETTER', 'RESERVED', 'SENT', 'ABNORMAL')), 0) AS under_way_fen
                  FROM billing.refund GROUP BY order_no) AS sums USING (order_no)
         WHERE refunded_fen <> coalesce(done_fen, 0)
            OR refunding_fen <> coalesce(under_way_fen, 0)""",
    "money set aside = refunds that wait for it": """
        SELECT provider, ledger_fen, refunds_fen FROM
          (SELECT substr(account, 11) AS provider, sum(fen) AS ledger_fen FROM
             (SELECT credit AS account, amount_fen AS fen
                FROM billing.posting WHERE credit LIKE 'refunding:%'
              UNION ALL
              SELECT debit, -amount_fen FROM billing.posting WHERE debit LIKE 'refunding:%')
                  AS sides GROUP BY account) AS ledger
          FULL JOIN
          (SELECT provider, sum(amount_fen) AS refunds_fen FROM billing.refund
            WHERE set_aside AND state IN ('WAITING_APPROVAL', 'RESERVED', 'SENT', 'ABNORMAL')
            GROUP BY provider) AS refunds USING (provider)
        WHERE coalesce(ledger_fen, 0) <> coalesce(refunds_fen, 0)""",
}


@dataclass(frozen=True)
class Difference:
    """An invariant that does not hold, and the first row that shows it."""

    invariant: str
    row: dict[str, Any]


async def first_difference(connection: AsyncConnection) -> Difference | None:
    """None when the books are right."""
    for name, query in INVARIANTS.items():
        # A bare LIMIT 1 makes the planner hope for an early row, and compare each with each.
        whole = f"WITH broken AS MATERIALIZED ({query}) SELECT * FROM broken LIMIT 1"  # noqa: S608
        row = (await connection.execute(text(whole))).mappings().first()
        if row is not None:
            return Difference(name, dict(row))
    return None
