"""What the database must show after a drill, as queries that find nothing when all is well."""

import psycopg

from billing_client.store.engine import create_engine
from billing_client.store.proof import Difference, first_difference

# Given every acknowledged message: (channel_user, message id, number).
NOT_KEPT = """
SELECT a.* FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS a (channel_user, key, seq)
 WHERE 1 <> (SELECT count(*) FROM channels.inbox i WHERE i.channel = 'web'
              AND i.channel_user = a.channel_user AND i.channel_key = a.key AND i.seq = a.seq)
"""

FAULTS = {
    "a message waits for ever": """
        SELECT conversation_id, seq FROM channels.inbox WHERE state = 'new'""",
    "a message was answered not at all, or by more than one try": """
        SELECT i.conversation_id, i.seq, i.state, count(DISTINCT split_part(o.send_key, ':', 3))
          FROM channels.inbox i LEFT JOIN channels.outbox o
            ON o.conversation_id = i.conversation_id AND o.answers_seq = i.seq
           AND o.state <> 'held_back'
         WHERE i.state IN ('answered', 'apologised')
         GROUP BY i.conversation_id, i.seq, i.state
        HAVING count(DISTINCT split_part(o.send_key, ':', 3)) <> 1""",
    "a message went to staff although nobody was told of a person": """
        SELECT i.conversation_id, i.seq FROM channels.inbox i
         WHERE i.state = 'for_staff' AND NOT EXISTS
               (SELECT FROM channels.inbox earlier
                 WHERE earlier.conversation_id = i.conversation_id
                   AND earlier.state = 'apologised' AND earlier.seq < i.seq)""",
    "answers left their order": """
        SELECT * FROM
          (SELECT conversation_id, seq, answers_seq,
                  lag(answers_seq) OVER (PARTITION BY conversation_id ORDER BY seq) AS before
             FROM channels.outbox
            WHERE answers_seq IS NOT NULL AND state <> 'held_back') AS answers
         WHERE before > answers_seq""",
    "a payment was told of more or less than once": """
        SELECT payment.order_no, count(told.send_key) FROM billing.payment_order payment
          LEFT JOIN billing.notice notice
            ON notice.topic = 'payment_settled' AND notice.payload ->> 'order_no' = payment.order_no
          LEFT JOIN channels.outbox told ON told.send_key = 'notice:' || notice.notice_id
         WHERE payment.state = 'PAID' AND payment.conversation_id IS NOT NULL
         GROUP BY payment.order_no HAVING count(told.send_key) <> 1""",
}


def first_fault(database_url: str, acknowledged: list[tuple[str, str, int]]) -> str | None:
    """The first thing that is not as promised, or None."""
    with psycopg.connect(database_url) as connection:
        columns = [list(column) for column in zip(*acknowledged, strict=True)]
        if lost := connection.execute(NOT_KEPT, columns).fetchone():
            return f"acknowledged and not kept once: {lost}"
        for fault, query in FAULTS.items():
            if found := connection.execute(query).fetchone():  # pyright: ignore
                return f"{fault}: {found}"
    return None


def states(database_url: str) -> dict[str, int]:
    """How many messages ended in each state."""
    query = "SELECT state, count(*) FROM channels.inbox GROUP BY state"
    with psycopg.connect(database_url) as connection:
        return dict(connection.execute(query).fetchall())


async def difference_in_books(database_url: str) -> Difference | None:
    engine = create_engine(database_url)
    try:
        async with engine.connect() as connection:
            return await first_difference(connection)
    finally:
        await engine.dispose()
