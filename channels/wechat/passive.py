"""The answer inside WeChat's request: free of the budget, and the first thing customers see.

WeChat waits five seconds, then asks again, three times in all, with the same MsgId. What is
given here is marked, so that a repeat of the request gets the same and nobody sends it twice.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from channels.abilities import WECHAT_TEXT_BYTES
from channels.database import Pool
from channels.inbox import Received
from channels.listening import OUTBOX, Listener, user_key, wait
from channels.messages import Reply
from channels.splitting import utf8_bytes
from channels.wechat.render import render

ANSWER_SECONDS = 4.5
LOOK_SECONDS = 0.5
BETWEEN = "\n\n"

STATE = """
SELECT state, reply_window_until > now() FROM channels.inbox
 WHERE conversation_id = %s AND seq = %s
"""
AGE = """
SELECT extract(epoch FROM now() - received_at) FROM channels.inbox
 WHERE conversation_id = %s AND seq = %s
"""
# What waits for this answer: the turn's own replies, and what was kept for it from before.
WAITING = """
SELECT conversation_id, seq, reply, parts_sent FROM channels.outbox
 WHERE channel = 'wechat' AND NOT pulled
   AND (conversation_id = %(conversation_id)s AND state = 'waiting' AND attempts = 0
            AND answers_seq = %(seq)s
        OR state = 'postponed' AND conversation_id IN
            (SELECT conversation_id FROM channels.conversation
              WHERE channel = 'wechat' AND channel_user = %(user)s))
 ORDER BY seq FOR UPDATE
"""
GIVEN = """
SELECT conversation_id, seq, reply, parts_sent - 1 FROM channels.outbox
 WHERE channel = 'wechat' AND vendor_id = %(mark)s ORDER BY seq
"""
MARK = """
UPDATE channels.outbox
   SET vendor_id = %(mark)s, parts_sent = parts_sent + 1,
       state = CASE WHEN %(whole)s THEN 'sent' ELSE 'waiting' END,
       sent_at = CASE WHEN %(whole)s THEN now() END,
       next_attempt_at = now() + interval '1 second'
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s
"""
LOCK = """
SELECT FROM channels.inbox
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s FOR UPDATE
"""
CLOSE = """
UPDATE channels.inbox SET reply_window_until = now() + make_interval(secs => %s)
 WHERE conversation_id = %s AND seq = %s AND reply_window_until > now()
"""
GRACE_SECONDS = 0.5  # what is not in the answer follows it, and does not overtake it


@dataclass(frozen=True)
class _Row:
    conversation_id: str
    seq: int
    reply: Reply
    parts_sent: int

    @property
    def parts(self) -> tuple[str, ...]:
        """What is still to be said of it."""
        return render(self.reply)[self.parts_sent :]


class Passive:
    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool, self._listener = pool, listener

    async def answer(self, openid: str, received: Received, seconds: float) -> str | None:
        """The text to answer with, as soon as the bot has one; None when it takes longer."""
        deadline = time.monotonic() + seconds
        with self._listener.subscribed(OUTBOX, key=user_key("wechat", openid)) as news:
            while True:
                news.clear()
                state, open_still = await self._state(received)
                if state in ("answered", "apologised"):
                    return await self._take(openid, received, open_still)
                left = deadline - time.monotonic()
                if state == "for_staff" or left <= 0:
                    return None
                await wait(news, min(left, LOOK_SECONDS))

    async def close(self, received: Received) -> None:
        """From now on the delivery sends what comes."""
        async with self._pool.connection() as connection:
            await connection.execute(CLOSE, (0, received.conversation_id, received.seq))

    async def age(self, received: Received) -> float:
        """Seconds since the message came first."""
        key = (received.conversation_id, received.seq)
        async with self._pool.connection() as connection:
            row = await (await connection.execute(AGE, key)).fetchone()
        assert row is not None
        return float(row[0])

    async def _state(self, received: Received) -> tuple[str, bool]:
        key = (received.conversation_id, received.seq)
        async with self._pool.connection() as connection:
            row = await (await connection.execute(STATE, key)).fetchone()
        assert row is not None
        return str(row[0]), bool(row[1])

    async def _take(self, openid: str, received: Received, open_still: bool) -> str | None:
        """Mark and return the replies; the ones marked before when the request is a repeat."""
        key = {
            "conversation_id": received.conversation_id,
            "seq": received.seq,
            "user": openid,
            "mark": f"passive:{received.conversation_id}:{received.seq}",
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(LOCK, key)  # of two repeats at once one waits here
            given = await (await connection.execute(GIVEN, key)).fetchall()
            if given:
                return merged([_row(row) for row in given])[0]
            if not open_still:
                return None  # the delivery has it
            rows = [_row(row) for row in await (await connection.execute(WAITING, key)).fetchall()]
            text, taken = merged(rows)
            for row in rows[:taken]:
                whole = len(row.parts) <= 1
                mark = {"conversation_id": row.conversation_id, "seq": row.seq, "whole": whole}
                await connection.execute(MARK, {**mark, "mark": key["mark"]})
            await connection.execute(CLOSE, (GRACE_SECONDS, received.conversation_id, received.seq))
        return text


def merged(rows: Sequence[_Row]) -> tuple[str | None, int]:
    """As many replies as fit one text, and how many; of a long one its first part alone."""
    text, taken = "", 0
    for row in rows:
        parts = row.parts or ("",)
        longer = f"{text}{BETWEEN}{parts[0]}" if text else parts[0]
        if taken and (len(parts) > 1 or utf8_bytes(longer) > WECHAT_TEXT_BYTES):
            break
        text, taken = longer, taken + 1
        if len(parts) > 1:
            break
    return text or None, taken


def _row(row: tuple[object, ...]) -> _Row:
    conversation_id, seq, reply, parts_sent = row
    assert isinstance(reply, dict)
    return _Row(str(conversation_id), int(str(seq)), Reply.from_dict(reply), int(str(parts_sent)))
