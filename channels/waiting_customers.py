"""Nobody waits in silence: whoever gets no answer for a while is told that we know.

The message stays in the inbox and is answered as soon as a worker can.
"""

import asyncio

from channels import counting
from channels.database import Pool
from channels.listening import being_cancelled
from channels.messages import Reply
from channels.push import push
from channels.texts import text

PATIENCE_SECONDS = 8.0
LOOK_EVERY_SECONDS = 1.0

# The oldest unanswered message of a conversation only: one word of comfort, not five.
OVERDUE = """
SELECT i.conversation_id, min(i.seq) FROM channels.inbox i
 WHERE i.state = 'new'
 GROUP BY i.conversation_id
HAVING min(i.received_at) < now() - make_interval(secs => %s)
   AND NOT EXISTS (SELECT FROM channels.outbox o
                    WHERE o.send_key = 'late:' || i.conversation_id || ':' || min(i.seq))
 LIMIT 100
"""


async def run(pool: Pool, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Look for ever; cancel to stop."""
    while not being_cancelled():
        await comfort(pool, patience_seconds)
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def comfort(pool: Pool, patience_seconds: float = PATIENCE_SECONDS) -> None:
    async with pool.connection() as connection:
        overdue = await (await connection.execute(OVERDUE, (patience_seconds,))).fetchall()
    for conversation_id, seq in overdue:
        reply = Reply(text("late"), author="system")
        key = f"late:{conversation_id}:{seq}"
        if await push(pool, reply, key, conversation_id=conversation_id):
            await counting.count(pool, "answered_late")
