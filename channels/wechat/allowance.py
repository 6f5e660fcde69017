"""How many messages WeChat lets us send to whom, and until when.

Rules since 2023-06-12 (developers.weixin.qq.com, 客服消息): a message of the customer allows
five within 48 hours; a tap on the menu, following and a scan allow three within a minute.
Answers inside the request are not counted.
"""

from channels.database import Pool
from channels.wechat.reading import Allows

MESSAGES, MESSAGE_HOURS = 5, 48
EVENTS, EVENT_SECONDS = 3, 60

BY_MESSAGE = """
INSERT INTO channels.wechat_allowance (channel_user, message_left, message_until)
VALUES (%(user)s, %(left)s, now() + make_interval(hours => %(hours)s))
ON CONFLICT (channel_user) DO UPDATE
   SET message_left = excluded.message_left, message_until = excluded.message_until,
       following = true
"""
BY_EVENT = """
INSERT INTO channels.wechat_allowance (channel_user, event_left, event_until)
VALUES (%(user)s, %(left)s, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (channel_user) DO UPDATE
   SET event_left = excluded.event_left, event_until = excluded.event_until, following = true
"""

# One statement, so that two senders never spend the same one. The shorter-lived goes first.
SPEND = """
UPDATE channels.wechat_allowance
   SET event_left = event_left - (event_until > now() AND event_left > 0)::int,
       message_left = message_left - (NOT (event_until > now() AND event_left > 0))::int
 WHERE channel_user = %s AND following
   AND (event_until > now() AND event_left > 0 OR message_until > now() AND message_left > 0)
RETURNING 1
"""

# To whichever of the two still runs; never more than WeChat ever gives.
GIVE_BACK = """
UPDATE channels.wechat_allowance
   SET message_left = least(%(most)s, message_left + (message_until > now())::int),
       event_left = least(%(most_event)s, event_left + (message_until <= now())::int)
 WHERE channel_user = %(user)s AND following
"""

NONE_LEFT = """
UPDATE channels.wechat_allowance SET event_left = 0, message_left = 0 WHERE channel_user = %s
"""
UNFOLLOWED = """
INSERT INTO channels.wechat_allowance (channel_user, following) VALUES (%s, false)
ON CONFLICT (channel_user) DO UPDATE SET following = false, event_left = 0, message_left = 0
"""
LEFT = """
SELECT CASE WHEN event_until > now() THEN event_left ELSE 0 END
     + CASE WHEN message_until > now() THEN message_left ELSE 0 END
  FROM channels.wechat_allowance WHERE channel_user = %s
"""


async def note(pool: Pool, openid: str, allows: Allows) -> None:
    """The customer did something that lets us write."""
    if allows == "message":
        values = {"user": openid, "left": MESSAGES, "hours": MESSAGE_HOURS}
        await _run(pool, BY_MESSAGE, values)
    elif allows == "event":
        values = {"user": openid, "left": EVENTS, "seconds": EVENT_SECONDS}
        await _run(pool, BY_EVENT, values)


async def spend(pool: Pool, openid: str) -> bool:
    """Take one; False when none is left."""
    async with pool.connection() as connection:
        return await (await connection.execute(SPEND, (openid,))).fetchone() is not None


async def give_back(pool: Pool, openid: str) -> None:
    """WeChat said that it did not send the one that was taken."""
    values = {"user": openid, "most": MESSAGES, "most_event": EVENTS}
    await _run(pool, GIVE_BACK, values)


async def left(pool: Pool, openid: str) -> int:
    async with pool.connection() as connection:
        row = await (await connection.execute(LEFT, (openid,))).fetchone()
    return 0 if row is None else int(row[0])


async def none_left(pool: Pool, openid: str) -> None:
    """WeChat counts otherwise than we do, and WeChat is right."""
    await _run(pool, NONE_LEFT, (openid,))


async def unfollowed(pool: Pool, openid: str) -> None:
    await _run(pool, UNFOLLOWED, (openid,))


async def _run(pool: Pool, statement: str, values: object) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, values)  # pyright: ignore
