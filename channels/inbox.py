"""What customers say, stored once under the channel's own key before anybody acknowledges it."""

import re
import unicodedata
import uuid
from dataclasses import dataclass

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from channels.abilities import abilities_of, is_pulled
from channels.database import Pool
from channels.listening import user_key
from channels.messages import InboundMessage

SINGLE_DIGIT = re.compile(r"[1-9]")

# One statement, so one transaction and one round trip. The conversation's row is
# locked first by the upsert: messages of one customer get their numbers in order.
# A digit stands for an option of the bot's last answer, if that offered so many.
RECEIVE = """
WITH opened AS (
    INSERT INTO channels.conversation AS c
        (conversation_id, channel, channel_user, pulled, last_seq)
    SELECT %(new_id)s, %(channel)s, %(channel_user)s, %(pulled)s, 1 + coalesce(max(last_seq), 0)
      FROM channels.conversation
     WHERE channel = %(channel)s AND channel_user = %(channel_user)s
    ON CONFLICT (channel, channel_user) WHERE owner <> 'closed'
    DO UPDATE SET last_seq = c.last_seq + 1, last_message_at = now()
    RETURNING conversation_id, owner, last_seq
), last_answer AS (
    SELECT o.seq, o.reply -> 'options' AS options, o.answers_seq
      FROM channels.outbox o JOIN opened USING (conversation_id)
     WHERE %(digit)s::int IS NOT NULL AND o.state = 'sent' AND o.author = 'bot'
     ORDER BY o.seq DESC LIMIT 1
), chosen AS (
    SELECT o.reply -> 'options' -> (%(digit)s::int - 1) ->> 'title' AS title
      FROM channels.outbox o JOIN opened USING (conversation_id) JOIN last_answer a
        ON o.seq = a.seq OR o.answers_seq = a.answers_seq
     WHERE o.state = 'sent' AND o.author = 'bot'
       AND jsonb_array_length(o.reply -> 'options') >= %(digit)s::int
     ORDER BY o.seq DESC LIMIT 1
), stored AS (
    INSERT INTO channels.inbox (conversation_id, seq, channel, channel_user, channel_key,
                                kind, text, said, payload, state, received_at,
                                reply_window_until)
    SELECT conversation_id, last_seq, %(channel)s, %(channel_user)s, %(channel_key)s,
           %(kind)s, %(text)s, coalesce((SELECT title FROM chosen), %(said)s), %(payload)s,
           CASE owner WHEN 'bot' THEN 'new' ELSE 'for_staff' END,
           coalesce(%(received_at)s, now()),
           CASE WHEN %(window)s > 0 THEN now() + make_interval(secs => %(window)s) END
      FROM opened
    RETURNING conversation_id, seq
)
SELECT conversation_id, seq, pg_notify('inbox', %(key)s) FROM stored
"""

FIND = """
SELECT conversation_id, seq FROM channels.inbox
 WHERE channel = %s AND channel_user = %s AND channel_key = %s
"""


@dataclass(frozen=True)
class Received:
    conversation_id: str
    seq: int
    duplicate: bool


async def receive(pool: Pool, message: InboundMessage) -> Received:
    """Store the message durably and wake the workers; a repeat finds its row, changing nothing.

    Opens the customer's conversation when none is open. While a person owns it, the
    message is stored for staff and never given to the bot.
    """
    async with pool.connection() as connection:
        try:
            cursor = await connection.execute(RECEIVE, _parameters(message))
        except UniqueViolation as error:
            if error.diag.constraint_name != "inbox_channel_key":
                raise
            key = (message.channel, message.channel_user, message.channel_key)
            cursor = await connection.execute(FIND, key)
            return _received(await cursor.fetchone(), duplicate=True)
        return _received(await cursor.fetchone(), duplicate=False)


def _received(row: tuple[object, ...] | None, *, duplicate: bool) -> Received:
    assert row is not None
    return Received(str(row[0]), int(str(row[1])), duplicate)


def _parameters(message: InboundMessage) -> dict[str, object]:
    payload = {
        "attachments": list(message.attachments),
        "address": message.address,
        "metadata": message.metadata,
    }
    return {
        "new_id": uuid.uuid4().hex,
        "channel": message.channel,
        "channel_user": message.channel_user,
        "channel_key": message.channel_key,
        "pulled": is_pulled(message.channel, message.channel_user),
        "kind": message.kind,
        "text": message.text,
        "said": message.text if message.said is None else message.said,
        "digit": _chosen_digit(message),
        "window": float(message.reply_window_seconds),
        "payload": Jsonb(payload),
        "received_at": message.received_at,
        "key": user_key(message.channel, message.channel_user),
    }


def _chosen_digit(message: InboundMessage) -> int | None:
    """The number of the option chosen, on channels that show options as numbers."""
    text = unicodedata.normalize("NFKC", message.text).strip()
    if abilities_of(message.channel).numbers_options and SINGLE_DIGIT.fullmatch(text):
        return int(text)
    return None
