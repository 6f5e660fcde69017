"""A customer's conversation as their client sees it: both directions, in order, from a place on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from channels.database import Pool
from channels.listening import INBOX, OUTBOX, Listener, being_cancelled, user_key, wait
from channels.messages import Reply

PAGE = 100
HISTORY = 200  # messages shown to a client that comes without a place
LOOK_AGAIN_SECONDS = 5.0  # in case a notice was lost

# Also of earlier, closed conversations: their numbers go on in the next one.
READ = """
SELECT * FROM (
    SELECT seq, 'user' AS author, jsonb_build_object('text', text) AS reply, received_at AS at,
           payload -> 'attachments' AS attachments, channel_key
      FROM channels.inbox
     WHERE channel = %(channel)s AND channel_user = %(channel_user)s AND seq > %(after)s
     UNION ALL
    SELECT o.seq, o.author, o.reply, o.created_at, '[]', NULL
      FROM channels.conversation c JOIN channels.outbox o USING (conversation_id)
     WHERE c.channel = %(channel)s AND c.channel_user = %(channel_user)s AND o.seq > %(after)s
       AND o.state IN ('waiting', 'sent')
) AS messages ORDER BY seq LIMIT %(page)s
"""

NEWEST = """
SELECT coalesce(max(last_seq), 0) FROM channels.conversation
 WHERE channel = %s AND channel_user = %s
"""

MARK_SENT = """
UPDATE channels.outbox o SET state = 'sent', sent_at = now()
  FROM channels.conversation c
 WHERE c.channel = %s AND c.channel_user = %s AND o.conversation_id = c.conversation_id
   AND o.seq = ANY(%s) AND o.state = 'waiting'
"""


@dataclass(frozen=True)
class Event:
    """One message; ``author`` is user, bot, agent or system; ``key`` the client's own id of it."""

    seq: int
    author: str
    reply: Reply
    at: datetime
    attachments: tuple[str, ...] = ()
    key: str | None = None


async def read(pool: Pool, channel: str, channel_user: str, after: int) -> list[Event]:
    """The next messages after the place, at most a page."""
    parameters = {"channel": channel, "channel_user": channel_user, "after": after, "page": PAGE}
    async with pool.connection() as connection:
        rows = await (await connection.execute(READ, parameters)).fetchall()
    return [
        Event(seq, author, Reply.from_dict(reply), at, tuple(attachments), key)
        for seq, author, reply, at, attachments, key in rows
    ]


async def newest_seq(pool: Pool, channel: str, channel_user: str) -> int:
    async with pool.connection() as connection:
        row = await (await connection.execute(NEWEST, (channel, channel_user))).fetchone()
    return int(row[0]) if row else 0


async def mark_sent(pool: Pool, channel: str, channel_user: str, events: list[Event]) -> None:
    """The client has them: to be called once they were written to it."""
    numbers = [event.seq for event in events if event.author != "user"]
    if numbers:
        async with pool.connection() as connection:
            await connection.execute(MARK_SENT, (channel, channel_user, numbers))


async def follow(
    pool: Pool, listener: Listener, channel: str, channel_user: str, after: int
) -> AsyncIterator[list[Event]]:
    """What there is, then what comes, for ever. Listens before it reads: nothing is missed."""
    key = user_key(channel, channel_user)
    with listener.subscribed(INBOX, OUTBOX, key=key) as news:
        place = max(after, await newest_seq(pool, channel, channel_user) - HISTORY)
        while not being_cancelled():
            news.clear()
            events = await read(pool, channel, channel_user, place)
            if not events:
                await wait(news, LOOK_AGAIN_SECONDS)
                continue
            yield events
            place = events[-1].seq
            await mark_sent(pool, channel, channel_user, events)
