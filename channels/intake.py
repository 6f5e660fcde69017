"""The last step of every door that a provider calls: limits, then the inbox.

A provider repeats what is not acknowledged, so what a limit turns away is acknowledged
too, and the customer is told, at most once a minute.
"""

import time

from channels import counting, inbox
from channels.database import Pool
from channels.inbox import Received
from channels.messages import InboundMessage, Reply
from channels.push import push
from channels.texts import text
from channels.web.limits import Buckets, Rate

A_MINUTE = 60


CUSTOMER_RATE = Rate(10, 0.5)  # people who write in pieces send a handful at once


class Intake:
    def __init__(self, pool: Pool, rate: Rate = CUSTOMER_RATE) -> None:
        """``rate``: of one customer."""
        self.pool = pool
        self._by_customer = Buckets(rate)

    async def take(self, message: InboundMessage) -> Received | None:
        """Store the message; None when the customer writes faster than the limit allows."""
        if self._by_customer.wait_for(f"{message.channel}:{message.channel_user}"):
            await counting.count(self.pool, f"{message.channel}_rate_limited")
            minute = int(time.time()) // A_MINUTE
            await self.tell(message.channel, message.channel_user, "rate_limited", f"{minute}")
            return None
        return await inbox.receive(self.pool, message)

    async def tell(self, channel: str, channel_user: str, name: str, key: str) -> None:
        """Answer a message that the bot cannot be given (a sticker, a lost photo), once a key."""
        send_key = f"{channel}:{name}:{channel_user}:{key}"
        reply = Reply(text(name), author="system")
        await push(self.pool, reply, send_key, channel=channel, channel_user=channel_user)
