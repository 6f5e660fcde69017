"""Finding conversations: by what was said, by account, phone, name (in pinyin too), address."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.database import Pool

MOST_FOUND = 50
LONGEST_WORDS = 40  # characters
SNIPPET_AROUND = 20  # characters before and after what was found

# The index finds rows with all pairs of the words; LIKE looks whether they stand together.
# One character alone is found only where it is all that was said.
SAID = """
WITH hits AS (
    (SELECT conversation_id, seq, text FROM channels.inbox
      WHERE channels.pairs(text) @> channels.pairs(%(words)s) AND text ILIKE %(like)s
      ORDER BY received_at DESC LIMIT %(most)s)
     UNION ALL
    (SELECT conversation_id, seq, text FROM channels.note
      WHERE channels.pairs(text) @> channels.pairs(%(words)s) AND text ILIKE %(like)s
      ORDER BY note_id DESC LIMIT %(most)s)
     UNION ALL
    (SELECT conversation_id, seq, reply ->> 'text' FROM channels.outbox
      WHERE author = 'agent' AND channels.pairs(reply ->> 'text') @> channels.pairs(%(words)s)
        AND reply ->> 'text' ILIKE %(like)s
      ORDER BY created_at DESC LIMIT %(most)s)
)
SELECT DISTINCT ON (c.last_message_at, c.conversation_id)
       c.conversation_id, c.channel, c.channel_user, c.owner, c.agent, c.last_message_at, hits.text
  FROM hits JOIN channels.conversation c USING (conversation_id)
 ORDER BY c.last_message_at DESC, c.conversation_id, hits.seq DESC LIMIT %(most)s
"""

OF_USERS = """
SELECT c.conversation_id, c.channel, c.channel_user, c.owner, c.agent, c.last_message_at, ''
  FROM unnest(%(channels)s::text[], %(users)s::text[]) AS u (channel, channel_user)
  JOIN channels.conversation c USING (channel, channel_user)
 ORDER BY c.last_message_at DESC LIMIT %(most)s
"""

NEWEST_USERS = """
SELECT channel, channel_user FROM channels.conversation
 GROUP BY channel, channel_user ORDER BY max(last_message_at) DESC LIMIT %s
"""


@dataclass(frozen=True)
class Found:
    """``snippet``: around the words, where they were said."""

    conversation_id: str
    channel: str
    channel_user: str
    owner: str
    agent: str | None
    last_message_at: datetime
    snippet: str


async def said(pool: Pool, words: str) -> list[Found]:
    """Conversations in which customer, agent or a note said it, the newest first."""
    like = "%" + words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    values = {"words": words, "like": like, "most": MOST_FOUND}
    async with pool.connection() as connection:
        rows = await (await connection.execute(SAID, values)).fetchall()
    return [Found(*row[:-1], snippet=snippet(str(row[-1]), words)) for row in rows]


async def of_users(pool: Pool, users: Sequence[tuple[str, str]]) -> list[Found]:
    """All conversations of these channel users, the newest first."""
    values = {
        "channels": [channel for channel, _ in users],
        "users": [user for _, user in users],
        "most": MOST_FOUND,
    }
    async with pool.connection() as connection:
        rows = await (await connection.execute(OF_USERS, values)).fetchall()
    return [Found(*row) for row in rows]


async def newest_users(pool: Pool, most: int) -> list[tuple[str, str]]:
    async with pool.connection() as connection:
        rows = await (await connection.execute(NEWEST_USERS, (most,))).fetchall()
    return [(str(channel), str(user)) for channel, user in rows]


def snippet(text: str, words: str) -> str:
    at = max(0, text.lower().find(words.lower()))
    first, last = max(0, at - SNIPPET_AROUND), at + len(words) + SNIPPET_AROUND
    before, after = "…" if first else "", "…" if last < len(text) else ""
    return f"{before}{text[first:last]}{after}"


def once_each(found: Iterable[Found]) -> list[Found]:
    """The first of each conversation."""
    seen = {}
    for one in found:
        seen.setdefault(one.conversation_id, one)
    return list(seen.values())[:MOST_FOUND]
