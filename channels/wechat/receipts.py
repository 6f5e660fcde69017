"""What WeChat tells later of a template message: delivered, or blocked by the customer."""

from channels import counting
from channels.database import Pool
from channels.wechat.reading import Heard

DELIVERED = "success"

# Failed afterwards, it is as if it had been refused: another channel tells it (reaching.py).
FAILED = """
UPDATE channels.outbox o SET state = 'failed', last_error = %(status)s
  FROM channels.conversation c
 WHERE o.channel = 'wechat' AND o.vendor_id = %(id)s AND o.topic IS NOT NULL
   AND o.state = 'sent' AND c.conversation_id = o.conversation_id
   AND c.channel_user = %(user)s
"""


async def note(pool: Pool, heard: Heard) -> None:
    if heard.status in (None, DELIVERED):
        return
    message_id = heard.key.rsplit(":", maxsplit=1)[-1]
    parameters = {"status": heard.status, "id": message_id, "user": heard.openid}
    async with pool.connection() as connection:
        await connection.execute(FAILED, parameters)
    await counting.count(pool, "wechat_template_failed")
