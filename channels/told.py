"""What customers were told of our own accord: the record, and what must go another way."""

from dataclasses import dataclass
from datetime import datetime

from channels.database import Pool

NOTICE = "notice:"  # how the send key of a notice begins; its number follows

# Not what failed long ago: while nobody looked, the news has grown old.
FAILED = """
SELECT conversation_id, seq, substr(send_key, 8)::bigint FROM channels.outbox
 WHERE state = 'failed' AND topic IS NOT NULL AND passed_on_at IS NULL
   AND send_key ~ '^notice:[0-9]+$' AND created_at > now() - interval '2 days'
 ORDER BY created_at LIMIT 100
"""
PASSED_ON = """
UPDATE channels.outbox SET passed_on_at = now() WHERE conversation_id = %s AND seq = %s
"""
RECORD = """
SELECT o.created_at, o.topic, o.channel, o.state, o.sent_at, o.last_error, s.delivered
  FROM channels.outbox o LEFT JOIN channels.sms_sent s
    ON o.channel = 'sms' AND s.out_id = o.conversation_id || '-' || o.seq || '-0'
 WHERE o.account_no = %s AND o.topic IS NOT NULL
 ORDER BY o.created_at DESC LIMIT 100
"""


@dataclass(frozen=True)
class Failed:
    conversation_id: str
    seq: int
    notice_id: int


@dataclass(frozen=True)
class Told:
    """``delivered``: what the receipt of an SMS says, if there is one."""

    at: datetime
    topic: str
    channel: str
    state: str
    sent_at: datetime | None
    error: str | None
    delivered: bool | None


async def failed(pool: Pool) -> list[Failed]:
    """Notices that no attempt delivered and that nobody was told of yet."""
    async with pool.connection() as connection:
        return [Failed(*row) for row in await (await connection.execute(FAILED)).fetchall()]


async def note_passed_on(pool: Pool, one: Failed) -> None:
    async with pool.connection() as connection:
        await connection.execute(PASSED_ON, (one.conversation_id, one.seq))


async def record(pool: Pool, account_no: str) -> list[Told]:
    """The newest first."""
    async with pool.connection() as connection:
        rows = await (await connection.execute(RECORD, (account_no,))).fetchall()
    return [Told(*row) for row in rows]
