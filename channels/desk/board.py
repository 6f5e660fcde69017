"""The board: who waits for a person and who is with whom, read once for all who look at it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.database import Pool
from channels.desk.marks import Mark, is_urgent, marks_of
from channels.listening import INBOX, OUTBOX, Listener, being_cancelled, wait
from channels.messages import Owner

LOOK_AGAIN_SECONDS = 5.0  # in case a notice was lost
AT_MOST_EVERY = 0.25  # seconds; a burst of messages is one new board
MOST_ROWS = 500
LEFT = frozenset({"agent_away", "agent_idle"})  # reasons: their agent left them waiting
WORDS_LOOKED_AT = 5  # the customer's newest messages

# Unanswered: the customer wrote after the last that staff or bot said.
READ = """
SELECT c.conversation_id, c.channel, c.channel_user, c.owner, c.agent, c.owner_since,
       c.owner_number, ticket.ticket_id, c.handover_reason, said.texts, said.newest_at,
       coalesce(said.seq > told.seq, true)
  FROM channels.conversation c
  LEFT JOIN channels.desk_ticket ticket
    ON ticket.conversation_id = c.conversation_id AND ticket.picked_up_at IS NULL
  LEFT JOIN LATERAL (
       SELECT array_agg(m.text ORDER BY m.seq DESC) AS texts, max(m.received_at) AS newest_at,
              max(m.seq) AS seq
         FROM (SELECT seq, text, received_at FROM channels.inbox i
                WHERE i.conversation_id = c.conversation_id ORDER BY seq DESC LIMIT %(words)s) m
  ) said ON true
  LEFT JOIN LATERAL (
       SELECT max(seq) AS seq FROM channels.outbox o
        WHERE o.conversation_id = c.conversation_id AND o.author = 'agent'
          AND o.state IN ('waiting', 'sent')
  ) told ON true
 WHERE c.owner IN ('queue', 'agent') OR (ticket.ticket_id IS NOT NULL AND c.owner = 'bot')
 ORDER BY c.owner_since LIMIT %(most)s
"""

# Whom the bot talks to now: what was said in the last half hour, newest first.
WITH_BOT = """
SELECT c.conversation_id, c.channel, c.channel_user, c.owner, c.agent, c.owner_since,
       c.owner_number, NULL, c.handover_reason, lately.texts, lately.newest_at, false
  FROM (SELECT conversation_id, array_agg(text ORDER BY seq DESC) AS texts,
               max(received_at) AS newest_at
          FROM channels.inbox WHERE received_at > now() - interval '30 minutes'
         GROUP BY conversation_id) lately
  JOIN channels.conversation c USING (conversation_id)
 WHERE c.owner = 'bot'
 ORDER BY lately.newest_at DESC LIMIT 50
"""


@dataclass(frozen=True)
class Row:
    """``last_words`` is the customer's newest message; ``unanswered``: nobody replied to it.

    ``ticket_id``: of an open wish for a person that came out of hours.
    """

    conversation_id: str
    channel: str
    channel_user: str
    owner: Owner
    agent: str | None
    owner_since: datetime
    owner_number: int
    ticket_id: int | None
    reason: str | None
    last_words: str
    said_at: datetime | None
    unanswered: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Board:
    """``waiting``: emergencies first, then whom an agent left, then whoever waited longest.

    ``tickets``: who asked for a person out of hours and is with the bot meanwhile.
    """

    waiting: tuple[Row, ...] = ()
    taken: tuple[Row, ...] = ()
    tickets: tuple[Row, ...] = ()

    def of(self, agent: str) -> tuple[Row, ...]:
        return tuple(row for row in self.taken if row.agent == agent)

    def of_others(self, agent: str) -> tuple[Row, ...]:
        return tuple(row for row in self.taken if row.agent != agent)


async def read(pool: Pool) -> Board:
    parameters = {"words": WORDS_LOOKED_AT, "most": MOST_ROWS}
    async with pool.connection() as connection:
        found = await (await connection.execute(READ, parameters)).fetchall()
    rows = [_row(values) for values in found]
    waiting = sorted(
        (row for row in rows if row.owner == "queue"),
        key=lambda row: (not is_urgent(row.marks), row.reason not in LEFT, row.owner_since),
    )
    return Board(
        tuple(waiting),
        tuple(row for row in rows if row.owner == "agent"),
        tuple(row for row in rows if row.owner == "bot"),
    )


async def with_bot(pool: Pool) -> tuple[Row, ...]:
    async with pool.connection() as connection:
        found = await (await connection.execute(WITH_BOT)).fetchall()
    return tuple(_row(values) for values in found)


class BoardWatch:
    """The newest board, read by one task while somebody looks, and told to all who do."""

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool, self._listener = pool, listener
        self._changed = asyncio.Condition()
        self._wanted = asyncio.Event()
        self._watching = 0
        self.board = Board()

    async def run(self) -> None:
        """Look for ever; cancel to stop."""
        with self._listener.subscribed(INBOX, OUTBOX) as news:
            while not being_cancelled():
                await self._wanted.wait()
                news.clear()
                await self._look()
                await asyncio.sleep(AT_MOST_EVERY)
                await wait(news, LOOK_AGAIN_SECONDS)

    async def changes(self) -> AsyncIterator[Board]:
        """Each new board, or the newest of several."""
        self._watching += 1
        self._wanted.set()
        try:
            seen = self.board
            while not being_cancelled():
                async with self._changed:
                    while self.board is seen:
                        await self._changed.wait()
                seen = self.board
                yield seen
        finally:
            self._watching -= 1
            if not self._watching:
                self._wanted.clear()

    async def newest(self) -> Board:
        """At most a moment old while somebody watches, else read now."""
        return self.board if self._watching else await read(self._pool)

    async def _look(self) -> None:
        board = await read(self._pool)
        if board == self.board:
            return
        self.board = board
        async with self._changed:
            self._changed.notify_all()


def _row(values: tuple[Any, ...]) -> Row:
    *head, reason, texts, said_at, unanswered = values
    said = [str(text) for text in texts or ()]
    return Row(
        *head,
        reason=reason,
        last_words=said[0] if said else "",
        said_at=said_at,
        unanswered=bool(unanswered),
        marks=marks_of(said, reason),
    )
