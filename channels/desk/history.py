"""All that was said with a customer, by whom and when, for the eyes of staff.

Over all conversations of the channel user; with what was held back, what failed to be
delivered, and where the conversation changed hands.
"""

from dataclasses import dataclass
from datetime import datetime

from channels.database import Pool
from channels.messages import Reply

PAGE = 200  # messages; older ones are fetched on demand

READ = """
SELECT * FROM (
    SELECT i.seq, 0 AS rank, 'user' AS author, jsonb_build_object('text', i.text) AS reply,
           i.received_at AS at, i.payload -> 'attachments' AS photos, i.state,
           NULL AS agent, NULL AS changed_by, NULL AS reason
      FROM channels.inbox i
     WHERE i.channel = %(channel)s AND i.channel_user = %(channel_user)s
       AND i.seq > %(after)s AND i.seq < %(before)s
     UNION ALL
    SELECT o.seq, 0, o.author, o.reply, o.created_at, '[]', o.state, NULL, NULL, NULL
      FROM channels.conversation c JOIN channels.outbox o USING (conversation_id)
     WHERE c.channel = %(channel)s AND c.channel_user = %(channel_user)s
       AND o.seq > %(after)s AND o.seq < %(before)s
     UNION ALL
    SELECT n.seq, 1, 'change', jsonb_build_object('text', n.owner), n.changed_at, '[]', n.owner,
           n.agent, n.changed_by, n.reason
      FROM channels.conversation c JOIN channels.owner_change n USING (conversation_id)
     WHERE c.channel = %(channel)s AND c.channel_user = %(channel_user)s
       AND n.seq > %(after)s AND n.seq < %(before)s
     UNION ALL
    SELECT n.seq, 1, 'note', jsonb_build_object('text', n.text), n.created_at, '[]', 'note',
           n.author, NULL, NULL
      FROM channels.conversation c JOIN channels.note n USING (conversation_id)
     WHERE c.channel = %(channel)s AND c.channel_user = %(channel_user)s
       AND n.seq > %(after)s AND n.seq < %(before)s
) AS messages ORDER BY seq DESC, rank DESC, at DESC LIMIT %(page)s
"""

END_OF_TIME = 2**62


@dataclass(frozen=True)
class Line:
    """A message, a change of owner (author ``change``) or a note by ``agent`` (``note``).

    ``state``: an inbound message's, an outbound message's (waiting, sent, failed,
    held_back), or the new owner.
    """

    seq: int
    author: str
    reply: Reply
    at: datetime
    photos: tuple[str, ...]
    state: str
    agent: str | None
    changed_by: str | None
    reason: str | None


async def read(
    pool: Pool, channel: str, channel_user: str, *, after: int = 0, before: int = END_OF_TIME
) -> list[Line]:
    """The newest page between the two places, oldest first."""
    parameters = {
        "channel": channel,
        "channel_user": channel_user,
        "after": after,
        "before": before,
        "page": PAGE,
    }
    async with pool.connection() as connection:
        rows = await (await connection.execute(READ, parameters)).fetchall()
    return [_line(row) for row in reversed(rows)]


def _line(row: tuple[object, ...]) -> Line:
    seq, _, author, reply, at, photos, *rest = row
    return Line(seq, author, Reply.from_dict(reply), at, tuple(photos), *rest)  # pyright: ignore
