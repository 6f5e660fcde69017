"""Messages that answer no message: a payment's confirmation, an outage, an agent's words."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from channels.abilities import is_pulled
from channels.database import Pool
from channels.messages import Reply

# Goes to the customer's open conversation: the one named, or, when that is closed
# by now, the one that is open, or else a new one.
PUSH = """
WITH customer AS (
    SELECT channel, channel_user, pulled FROM channels.conversation
     WHERE conversation_id = %(conversation_id)s
     UNION ALL
    SELECT %(channel)s, %(channel_user)s, %(pulled)s WHERE %(conversation_id)s::text IS NULL
), opened AS (
    INSERT INTO channels.conversation AS c
        (conversation_id, channel, channel_user, pulled, last_seq)
    SELECT %(new_id)s, channel, channel_user, pulled,
           1 + coalesce((SELECT max(last_seq) FROM channels.conversation earlier
                          WHERE earlier.channel = customer.channel
                            AND earlier.channel_user = customer.channel_user), 0)
      FROM customer
    ON CONFLICT (channel, channel_user) WHERE owner <> 'closed'
    DO UPDATE SET last_seq = c.last_seq + 1, last_message_at = now()
     WHERE %(owner_number)s::int IS NULL OR c.owner_number = %(owner_number)s
    RETURNING conversation_id, channel, channel_user, pulled, owner_number, last_seq
), written AS (
    INSERT INTO channels.outbox
        (conversation_id, seq, author, reply, owner_number, send_key, state, pulled, channel,
         topic, account_no, fields)
    SELECT conversation_id, last_seq, %(author)s, %(reply)s, owner_number, %(send_key)s,
           'waiting', pulled, channel, %(topic)s, %(account_no)s, %(fields)s
      FROM opened
)
SELECT last_seq, pg_notify('outbox', channel || ':' || channel_user) FROM opened
"""


@dataclass(frozen=True)
class Subject:
    """What a message of our own accord tells (bill_issued, …), and of which account.

    ``fields``: its figures in words, for providers that fill templates of their own.
    """

    topic: str
    account_no: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


async def push(
    pool: Pool,
    reply: Reply,
    send_key: str,
    *,
    conversation_id: str | None = None,
    channel: str | None = None,
    channel_user: str | None = None,
    owner_number: int | None = None,
    subject: Subject | None = None,
) -> bool:
    """Send once under ``send_key``, whoever owns the conversation; False for a repeat.

    Name the conversation, or the customer by channel and channel user. The bot answers
    turns and nothing else, so a reply that names no other author goes out as the system's.
    With ``owner_number`` it is sent only while the open conversation still has that number
    (an agent's words); False when it has not.
    """
    if conversation_id is None and (channel is None or channel_user is None):
        raise ValueError("name the conversation or the customer")
    if reply.author == "bot":
        reply = replace(reply, author="system")
    parameters = {
        "new_id": uuid.uuid4().hex,
        "conversation_id": conversation_id,
        "channel": channel,
        "channel_user": channel_user,
        "pulled": is_pulled(channel or "", channel_user or ""),
        "owner_number": owner_number,
        "author": reply.author,
        "reply": Jsonb(reply.as_dict()),
        "send_key": send_key,
        "topic": subject.topic if subject else None,
        "account_no": subject.account_no if subject else None,
        "fields": Jsonb(dict(subject.fields)) if subject else None,
    }
    return await _insert(pool, parameters)


async def _insert(pool: Pool, parameters: dict[str, object]) -> bool:
    async with pool.connection() as connection:
        try:
            cursor = await connection.execute(PUSH, parameters)
        except UniqueViolation as error:
            if error.diag.constraint_name != "outbox_send_key":
                raise
            return False
        return await cursor.fetchone() is not None
