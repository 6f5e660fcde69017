"""The statements of a tariff's trial: a year of bills priced again beside what they were.

They fill the tables of the bill run (``bulk_sql.py``), whose statements then price them, so
that a draft is tried by the very rules it would be billed with.
"""

SPANS = """
CREATE TEMP TABLE trial_span (period text, opened text, counts_from text,
                              PRIMARY KEY (period, opened))
"""
OPENED = """
SELECT DISTINCT to_char(opened_on, 'YYYY-MM') FROM billing.account
"""
CHUNKS = """
SELECT min(account_no), max(account_no)
  FROM (SELECT account_no, row_number() OVER (ORDER BY account_no) AS place
          FROM billing.account) AS numbered
 GROUP BY (place - 1) / %(size)s ORDER BY 1
"""
NEWEST = "SELECT max(period) FROM billing.bill WHERE kind <> 'adjustment'"

# A calendar month stands for the days of a reading: what is tried is prices, not a change.
# Bills since ``warm`` are counted against the limits, those since ``since`` are priced.
USE = """
INSERT INTO bulk_use
       (account_no, read_from, read_to, customer_class, persons, low_income, area, months,
        opened, used_l, plan_l, last_period, last_stand_l, bill_id, journal_id)
SELECT account_no, to_date(period, 'YYYY-MM') - 1,
       (to_date(period, 'YYYY-MM') + interval '1 month')::date - 1,
       customer_class, persons, low_income, area, months, opened, used_l, plan_l, period,
       coalesce(stand_l, 0)::bigint, bill_id, 0
  FROM (SELECT b.account_no, b.bill_id, b.period, b.customer_class, b.persons, b.used_l,
               a.low_income, CASE WHEN a.area = ANY(%(areas)s) THEN a.area ELSE '' END AS area,
               coalesce((b.special ->> 'months')::int, 1) AS months, s.opened,
               (b.special ->> 'plan_l')::bigint AS plan_l,
               sum(b.used_l) OVER (PARTITION BY b.account_no, s.counts_from
                                   ORDER BY b.period, b.bill_id
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS stand_l
          FROM billing.bill AS b JOIN billing.account AS a USING (account_no)
          JOIN trial_span AS s ON s.period = b.period
               AND s.opened = CASE WHEN %(ask_opened)s THEN to_char(a.opened_on, 'YYYY-MM')
                                   ELSE '' END
         WHERE b.account_no BETWEEN %(first)s AND %(last)s AND b.kind <> 'adjustment'
           AND b.period BETWEEN %(warm)s AND %(until)s) AS counted
 WHERE period >= %(since)s
"""
TOTALS = """
CREATE TEMP TABLE trial_total AS
SELECT u.account_no, u.customer_class, u.read_to, u.used_l, b.total_fen AS before_fen,
       after.fen AS after_fen
  FROM bulk_use AS u JOIN billing.bill AS b USING (account_no, bill_id)
  JOIN (SELECT bill_id, sum(fen)::bigint AS fen FROM bulk_item GROUP BY bill_id) AS after
       USING (bill_id)
 WHERE u.problem IS NULL
"""
DROP_TOTALS = "DROP TABLE trial_total"
CLASSES = """
SELECT customer_class, count(DISTINCT account_no), sum(used_l)::bigint,
       sum(before_fen)::bigint, sum(after_fen)::bigint FROM trial_total GROUP BY 1
"""
COMPONENTS_BEFORE = """
SELECT u.customer_class, i.component, min(i.component_name), sum(i.amount_fen)::bigint
  FROM bulk_use AS u JOIN billing.bill_item AS i USING (account_no, bill_id)
 WHERE u.problem IS NULL GROUP BY 1, 2
"""
COMPONENTS_AFTER = """
SELECT u.customer_class, i.component, min(i.name), sum(i.fen)::bigint
  FROM bulk_use AS u JOIN bulk_item AS i USING (account_no, bill_id) GROUP BY 1, 2
"""
# Each customer once, in the class of their newest bill.
BANDS = """
SELECT customer_class, sign(change_fen)::int, width_bucket(abs(change_fen), %(bands)s::bigint[]),
       count(*), sum(change_fen)::bigint
  FROM (SELECT account_no, (max(ARRAY[read_to::text, customer_class]))[2] AS customer_class,
               sum(after_fen - before_fen)::bigint AS change_fen
          FROM trial_total GROUP BY account_no) AS customers
 GROUP BY 1, 2, 3
"""
UNPRICED = """
SELECT customer_class, count(DISTINCT account_no) FROM bulk_use
 WHERE problem IS NOT NULL GROUP BY 1
"""
