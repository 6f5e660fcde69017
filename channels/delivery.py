"""Sends what waits in the outbox through the channels' adapters, in order, until it is sent.

Runs in the gateway. Several may run: a row is leased to one of them at a time. Web and
terminal fetch their messages themselves (``streams.py``) and are left alone here.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from channels import counting
from channels.database import Pool
from channels.listening import OUTBOX, Listener, being_cancelled, wait
from channels.messages import Reply
from channels.sms.render import render as render_sms
from channels.telegram.render import render as render_telegram
from channels.wechat.render import render as render_wechat

MAX_ATTEMPTS = 6
FIRST_RETRY_SECONDS = 2.0  # doubled at each attempt: the sixth comes after about a minute
LEASE_SECONDS = 60.0
DELIVER_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 1.0

RENDERERS: dict[str, Callable[[Reply], Sequence[object]]] = {
    "sms": render_sms,
    "wechat": render_wechat,
    "telegram": render_telegram,
}

# The oldest waiting row of a conversation only, so that a retried one keeps its place.
CLAIM = """
WITH candidate AS MATERIALIZED (
    SELECT o.conversation_id, o.seq FROM channels.outbox o
     WHERE o.state = 'waiting' AND NOT o.pulled AND o.next_attempt_at <= now()
       AND NOT EXISTS (SELECT FROM channels.outbox earlier
                        WHERE earlier.conversation_id = o.conversation_id
                          AND earlier.state = 'waiting' AND earlier.seq < o.seq)
     ORDER BY o.next_attempt_at LIMIT 1
       FOR UPDATE OF o SKIP LOCKED
)
UPDATE channels.outbox o
   SET attempts = o.attempts + 1, next_attempt_at = now() + make_interval(secs => %s)
  FROM candidate k, channels.conversation c
 WHERE o.conversation_id = k.conversation_id AND o.seq = k.seq
   AND c.conversation_id = k.conversation_id
RETURNING o.conversation_id, o.seq, o.attempts, o.send_key, o.reply, c.channel, c.channel_user
"""

SENT = """
UPDATE channels.outbox SET state = 'sent', sent_at = now(), last_error = NULL
 WHERE conversation_id = %s AND seq = %s
"""

NOT_SENT = """
UPDATE channels.outbox
   SET state = %(state)s, last_error = %(error)s,
       next_attempt_at = now() + make_interval(secs => %(seconds)s)
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s AND state = 'waiting'
"""


@dataclass(frozen=True)
class Delivery:
    """One rendered message on its way. ``send_key`` is the same at each attempt."""

    conversation_id: str
    seq: int
    attempts: int
    send_key: str
    reply: Reply
    channel: str
    channel_user: str

    def rendered(self) -> Sequence[object]:
        return RENDERERS[self.channel](self.reply)


class DeliveryRefused(Exception):
    """The provider will never take this message (blocked, unsubscribed): not tried again."""


class Adapter(Protocol):
    async def deliver(self, delivery: Delivery) -> None:
        """Send ``delivery.rendered()``; raise ``DeliveryRefused`` for good, anything to retry."""
        ...


async def run(pool: Pool, listener: Listener, adapters: Mapping[str, Adapter]) -> None:
    """Deliver for ever; cancel to stop. What is on its way then is sent again after its lease."""
    with listener.subscribed(OUTBOX) as news:
        while not being_cancelled():
            news.clear()
            if not await deliver_one(pool, adapters):
                await wait(news, LOOK_AGAIN_SECONDS)


async def deliver_one(pool: Pool, adapters: Mapping[str, Adapter]) -> bool:
    """Try the message that has waited longest; False when none waits."""
    async with pool.connection() as connection:
        row = await (await connection.execute(CLAIM, (LEASE_SECONDS,))).fetchone()
    if row is None:
        return False
    conversation_id, seq, attempts, send_key, reply, channel, user = row
    message = Reply.from_dict(reply)
    delivery = Delivery(conversation_id, seq, attempts, send_key, message, channel, user)
    try:
        await _send(delivery, adapters)
    except Exception as error:
        await _not_sent(pool, delivery, error)
    else:
        async with pool.connection() as connection:
            await connection.execute(SENT, (delivery.conversation_id, delivery.seq))
    return True


async def _send(delivery: Delivery, adapters: Mapping[str, Adapter]) -> None:
    adapter = adapters.get(delivery.channel)
    if adapter is None:
        raise DeliveryRefused(f"channel {delivery.channel} is not connected")
    async with asyncio.timeout(DELIVER_SECONDS):
        await adapter.deliver(delivery)


async def _not_sent(pool: Pool, delivery: Delivery, error: Exception) -> None:
    final = isinstance(error, DeliveryRefused) or delivery.attempts >= MAX_ATTEMPTS
    parameters = {
        "state": "failed" if final else "waiting",
        "error": f"{type(error).__name__}: {error}"[:500],
        "seconds": FIRST_RETRY_SECONDS * 2 ** (delivery.attempts - 1),
        "conversation_id": delivery.conversation_id,
        "seq": delivery.seq,
    }
    async with pool.connection() as connection:
        await connection.execute(NOT_SENT, parameters)
    await counting.count(pool, "delivery_failed" if final else "delivery_retried")
    structlog.get_logger(__name__).warning(
        "delivery.not_sent", channel=delivery.channel, final=final, error=type(error).__name__
    )
