"""The statements of the bill run, in their order. Parameters are those of ``bulk_chunk.py``.

Accounts that are not plain (several meters, an exchange, a main meter, terms that changed
since the reading, billed out of order) have the problem ``single`` and go the way of one account.
"""

TEMPORARY_TABLES = """
CREATE TEMP TABLE bulk_use (
    account_no text, problem text, meter_no text, from_l bigint, to_l bigint, read_from date,
    read_to date, estimated boolean, customer_class text, persons int, low_income boolean,
    area text, months int, opened text, used_l bigint, plan_l bigint,
    last_period text, last_tariff text, last_stand_l bigint,
    bill_id bigint DEFAULT nextval(pg_get_serial_sequence('billing.bill', 'bill_id')),
    journal_id bigint DEFAULT nextval(pg_get_serial_sequence('billing.journal', 'journal_id')));
CREATE TEMP TABLE bulk_card (
    card_id int, read_from date, read_to date, customer_class text, persons int,
    low_income boolean, area text, months int, opened text, part int, is_last boolean,
    tariff_id text, days_before int, days_upto int, days int, counts_from text, restart boolean,
    quota_l bigint, minimum_fen bigint, special jsonb);
CREATE TEMP TABLE bulk_step (
    card_id int, kind text, position int, component text, name text, tier int,
    lo_l bigint, hi_l bigint, price_e4 bigint, item_name text);
CREATE TEMP TABLE bulk_part (
    account_no text, bill_id bigint, card_id int, part int, is_last boolean, tariff_id text,
    prior_l bigint, used_l bigint, cheap_l bigint, plan_l bigint, months int,
    minimum_fen bigint, special jsonb, start_l bigint);
CREATE TEMP TABLE bulk_line (
    account_no text, bill_id bigint, line int, part int, component text, name text,
    item_name text, tier int, volume_l bigint, unit text, price_e4 bigint, always boolean);
CREATE TEMP TABLE bulk_item (
    account_no text, bill_id bigint, line int, component text, name text, fen bigint);
CREATE TEMP TABLE bulk_credit (
    account_no text, bill_id bigint, fen bigint,
    journal_id bigint DEFAULT nextval(pg_get_serial_sequence('billing.journal', 'journal_id')))
"""
EMPTY = "TRUNCATE bulk_use, bulk_part, bulk_line, bulk_item, bulk_credit"

MEASURE = """
INSERT INTO bulk_use
SELECT a.account_no,
       CASE WHEN m.fitted = 0 THEN 'no_meter'
            WHEN m.fitted > 1 OR m.removed OR last.meter_no <> m.meter_no
                 OR a.main_account_no IS NOT NULL
                 OR EXISTS (SELECT FROM billing.account AS behind
                             WHERE behind.main_account_no = a.account_no)
                 OR last.period >= %(period)s OR terms.changed THEN 'single'
            WHEN r.reading_l IS NULL THEN
                 CASE WHEN a.supply_state = 'on' THEN 'no_reading' ELSE 'not_supplied' END
            WHEN r.reading_l < coalesce(last.reading_to_l, m.initial_l) THEN
                 CASE WHEN last.estimated THEN 'estimate_too_high' ELSE 'negative_use' END
       END,
       m.meter_no, coalesce(last.reading_to_l, m.initial_l), r.reading_l,
       coalesce(last.read_to, m.installed_on), r.read_on, r.source = 'estimate',
       a.customer_class, a.persons, a.low_income,
       CASE WHEN a.area = ANY(%(areas)s) THEN a.area ELSE '' END,
       least(12, greatest(1, %(months)s - coalesce(
           left(last.period, 4)::int * 12 + right(last.period, 2)::int,
           extract(year FROM m.installed_on)::int * 12 + extract(month FROM m.installed_on)::int))),
       CASE WHEN %(ask_opened)s THEN to_char(a.opened_on, 'YYYY-MM') ELSE '' END,
       r.reading_l - coalesce(last.reading_to_l, m.initial_l), plan.plan_l,
       last.period, last.tariff_id, last.prior_l + last.used_l
  FROM billing.account AS a
  LEFT JOIN LATERAL (
       SELECT period, meter_no, reading_to_l, read_to, estimated, tariff_id, prior_l, used_l
         FROM billing.bill AS b
        WHERE b.account_no = a.account_no AND kind <> 'adjustment'
        ORDER BY period DESC, bill_id DESC LIMIT 1) AS last ON true
 CROSS JOIN LATERAL (
       SELECT count(*) AS fitted, min(meter_no) AS meter_no, min(installed_on) AS installed_on,
              min(initial_l) AS initial_l, bool_or(removed_on IS NOT NULL) AS removed
         FROM billing.meter AS f
        WHERE f.account_no = a.account_no AND installed_on <= %(until)s
          AND (removed_on IS NULL OR removed_on > coalesce(last.read_to, '-infinity'))) AS m
  LEFT JOIN LATERAL (
       SELECT reading_l, read_on, source FROM billing.reading AS e
        WHERE e.account_no = a.account_no AND e.meter_no = m.meter_no
          AND read_on > coalesce(last.read_to, m.installed_on) AND read_on <= %(until)s
        ORDER BY read_on DESC LIMIT 1) AS r ON true
 CROSS JOIN LATERAL (
       SELECT EXISTS (SELECT FROM billing.billing_term AS t
                       WHERE t.account_no = a.account_no
                         AND (t.valid_from > r.read_on
                              OR (t.valid_to >= r.read_on AND t.valid_to < %(today)s))) AS changed
       ) AS terms
  LEFT JOIN billing.water_plan AS plan
       ON plan.account_no = a.account_no AND %(period)s BETWEEN first_period AND last_period
 WHERE a.account_no BETWEEN %(first)s AND %(last)s AND a.supply_state <> 'closed'
   AND NOT EXISTS (SELECT FROM billing.bill AS done
                    WHERE done.account_no = a.account_no AND done.period = %(period)s
                      AND done.kind <> 'adjustment')
 ORDER BY a.account_no
"""
NEEDED = """
SELECT DISTINCT read_from, read_to, customer_class, persons, low_income, area, months, opened
  FROM bulk_use WHERE problem IS NULL
"""
WITHOUT_CARD = """
UPDATE bulk_use AS u SET problem = 'no_tariff_class'
 WHERE problem IS NULL AND NOT EXISTS (
       SELECT FROM bulk_card AS c
        WHERE (c.read_from, c.read_to, c.customer_class, c.persons, c.low_income, c.area,
               c.months, c.opened)
            = (u.read_from, u.read_to, u.customer_class, u.persons, u.low_income, u.area,
               u.months, u.opened))
"""
EXCEPTIONS = """
INSERT INTO billing.bill_run_exception (period, account_no, reason)
SELECT %(period)s, account_no, problem FROM bulk_use
 WHERE problem IS NOT NULL AND problem <> 'not_supplied'
    ON CONFLICT (period, account_no) DO UPDATE SET reason = excluded.reason
"""
PARTS = """
INSERT INTO bulk_part
SELECT account_no, bill_id, card_id, part, is_last, tariff_id, start_l + before_l, here_l,
       greatest(0, least(here_l, quota_l - before_l)), plan_l, months, minimum_fen, special,
       start_l
  FROM (SELECT u.account_no, u.bill_id, u.plan_l, c.card_id, c.part, c.is_last, c.tariff_id,
               c.quota_l, c.minimum_fen, c.months, c.special,
               u.used_l * c.days_before / c.days AS before_l,
               u.used_l * c.days_upto / c.days - u.used_l * c.days_before / c.days AS here_l,
               CASE WHEN u.last_period IS NULL OR u.last_period < c.counts_from
                         OR (c.restart AND u.last_tariff <> c.tariff_id) THEN 0
                    ELSE u.last_stand_l END AS start_l
          FROM bulk_use AS u
          JOIN bulk_card AS c USING (read_from, read_to, customer_class, persons, low_income,
                                     area, months, opened)
         WHERE u.problem IS NULL) AS parts
"""
LINES = """
INSERT INTO bulk_line
SELECT account_no, bill_id, part * 1000 + position, part, component, name, item_name, tier,
       greatest(0, CASE kind
           WHEN 'tier' THEN least(prior_l + used_l, hi_l) - greatest(prior_l + cheap_l, lo_l)
           WHEN 'quota' THEN cheap_l
           WHEN 'month' THEN CASE WHEN is_last THEN months * 1000 ELSE 0 END
           ELSE least(prior_l + used_l,
                      CASE WHEN hi_l > 1000000 THEN hi_l ELSE plan_l * hi_l / 100 END)
                - greatest(prior_l, plan_l * lo_l / 100)
       END),
       CASE kind WHEN 'month' THEN 'month' ELSE 'm3' END, price_e4, kind IN ('tier', 'month')
  FROM bulk_part JOIN bulk_step USING (card_id)
 WHERE kind <> 'plan' OR plan_l IS NOT NULL
"""
# Each component is rounded once, half up: domain/bill.py.
ITEMS = """
INSERT INTO bulk_item
SELECT account_no, bill_id, min(line), component,
       coalesce(min(item_name) FILTER (WHERE part = 1), min(item_name)),
       (sum(volume_l * price_e4)::bigint + 50000) / 100000
  FROM bulk_line GROUP BY account_no, bill_id, component
HAVING bool_or(always) OR sum(volume_l * price_e4) > 0
 ORDER BY account_no, min(line)
"""
MINIMUM = """
WITH short AS (
    SELECT p.account_no, p.bill_id, p.part, p.minimum_fen - sum(i.fen)::bigint AS fen
      FROM bulk_part AS p JOIN bulk_item AS i USING (account_no, bill_id)
     WHERE p.is_last AND p.minimum_fen > 0
     GROUP BY p.account_no, p.bill_id, p.part, p.minimum_fen
    HAVING sum(i.fen) < p.minimum_fen),
lines AS (
    INSERT INTO bulk_line
    SELECT account_no, bill_id, (part + 1) * 1000 - 1, part, %(code)s, %(name)s, %(name)s, 0,
           1000, 'once', fen * 100, true FROM short)
INSERT INTO bulk_item
SELECT account_no, bill_id, (part + 1) * 1000 - 1, %(code)s, %(name)s, fen FROM short
"""
BILLS = """
INSERT INTO billing.bill
       (account_no, bill_id, period, meter_no, reading_from_l, reading_to_l, read_from, read_to,
        used_l, prior_l, persons, tariff_id, customer_class, special, estimated, total_fen,
        issued_on, due_on)
SELECT u.account_no, u.bill_id, %(period)s, u.meter_no, u.from_l, u.to_l, u.read_from, u.read_to,
       u.used_l, p.start_l, u.persons, p.tariff_id, u.customer_class,
       CASE WHEN u.plan_l IS NULL THEN p.special
            ELSE coalesce(p.special, '{}') || jsonb_build_object('plan_l', u.plan_l) END,
       u.estimated, i.total_fen, %(until)s, %(due_on)s
  FROM bulk_use AS u
  JOIN bulk_part AS p ON p.bill_id = u.bill_id AND p.is_last
  JOIN (SELECT bill_id, sum(fen) AS total_fen FROM bulk_item GROUP BY bill_id) AS i
       ON i.bill_id = u.bill_id
 ORDER BY u.account_no
    ON CONFLICT DO NOTHING
"""
# Billed by somebody else in this very moment: theirs stands.
BILLED_ELSEWHERE = """
DELETE FROM bulk_{table} AS mine WHERE NOT EXISTS (
    SELECT FROM billing.bill AS b
     WHERE b.account_no = mine.account_no AND b.bill_id = mine.bill_id)
"""
BILL_LINES = """
INSERT INTO billing.bill_line
       (account_no, bill_id, line, part, component, component_name, tier, volume_l, unit,
        price_e4, amount_e5)
SELECT account_no, bill_id, line, part, component, name, tier, volume_l, unit, price_e4,
       volume_l * price_e4
  FROM bulk_line WHERE volume_l > 0 AND price_e4 > 0
"""
BILL_ITEMS = """
INSERT INTO billing.bill_item (account_no, bill_id, component, component_name, amount_fen)
SELECT account_no, bill_id, component, name, fen FROM bulk_item
"""
JOURNALS = """
INSERT INTO billing.journal (journal_id, kind, ref, account_no, at, booked_on)
SELECT journal_id, 'bill', bill_id::text, account_no, %(at)s, (SELECT max(last_day) + 1
         FROM billing.closing HAVING max(last_day) >= %(until)s) FROM bulk_use WHERE problem IS NULL
"""
POSTINGS = """
INSERT INTO billing.posting (journal_id, line, debit, credit, amount_fen)
SELECT u.journal_id, i.line, 'ar:' || i.account_no,
       CASE WHEN component = ANY(%(for_others)s) THEN 'payable:' ELSE 'revenue:' END || component,
       i.fen
  FROM bulk_item AS i JOIN bulk_use AS u USING (account_no, bill_id) WHERE i.fen > 0
"""
# Prepaid balance settles the new bill at once, where nothing older is open.
CREDITS = """
INSERT INTO bulk_credit (account_no, bill_id, fen)
SELECT b.account_no, b.bill_id, least(held.balance_fen, b.total_fen)
  FROM (SELECT account_no, balance_fen FROM billing.prepaid_balance
         WHERE account_no BETWEEN %(first)s AND %(last)s AND balance_fen > 0
         ORDER BY account_no FOR UPDATE) AS held
  JOIN bulk_use AS u USING (account_no)
  JOIN billing.bill AS b ON b.account_no = u.account_no AND b.bill_id = u.bill_id
 WHERE u.problem IS NULL AND b.total_fen > 0 AND NOT EXISTS (
       SELECT FROM billing.bill AS older
        WHERE older.account_no = b.account_no AND older.bill_id <> b.bill_id
          AND older.paid_fen < older.total_fen + older.late_fee_fen)
"""
CREDIT_ROWS = (
    """
INSERT INTO billing.journal (journal_id, kind, ref, account_no, at, booked_on)
SELECT journal_id, 'allocate', 'credit:' || bill_id || ':principal:0', account_no, %(at)s,
       (SELECT max(last_day) + 1 FROM billing.closing HAVING max(last_day) >= %(until)s)
  FROM bulk_credit
""",
    """
INSERT INTO billing.posting (journal_id, line, debit, credit, amount_fen)
SELECT journal_id, 1, 'credit:' || account_no, 'ar:' || account_no, fen FROM bulk_credit
""",
    """
INSERT INTO billing.allocation (account_no, bill_id, source, part, amount_fen, journal_id)
SELECT account_no, bill_id, 'credit', 'principal', fen, journal_id FROM bulk_credit
""",
    """
UPDATE billing.bill AS b SET paid_fen = b.paid_fen + c.fen
  FROM bulk_credit AS c WHERE b.account_no = c.account_no AND b.bill_id = c.bill_id
""",
)
NOTICES = """
INSERT INTO billing.notice (topic, dedupe, account_no, channel, channel_user, payload)
SELECT 'bill_issued', concat_ws(':', 'bill_issued', b.bill_id, g.channel, g.channel_user),
       b.account_no, g.channel, g.channel_user,
       jsonb_build_object('account_no', b.account_no, 'bill_id', b.bill_id, 'period', b.period,
                          'total_fen', b.total_fen, 'due_on', b.due_on)
  FROM bulk_use AS u JOIN billing.bill AS b USING (account_no, bill_id)
  JOIN billing.binding AS g USING (account_no)
    ON CONFLICT DO NOTHING
"""
DONE = """
UPDATE billing.bill_run_chunk SET done_at = clock_timestamp(),
       bills = (SELECT count(*) FROM bulk_part WHERE is_last),
       total_fen = (SELECT coalesce(sum(fen), 0) FROM bulk_item)
 WHERE period = %(period)s AND chunk = %(chunk)s
"""
