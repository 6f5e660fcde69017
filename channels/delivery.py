"""Sends what waits in the outbox through the channels' adapters, in order, until it is sent.

Runs in the gateway. Several may run: a row is leased to one of them at a time. Web and
terminal fetch their messages themselves (``streams.py``) and are left alone here.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from channels import counting
from channels.abilities import CHANNELS
from channels.database import Pool
from channels.listening import OUTBOX, Listener, being_cancelled, wait
from channels.messages import Reply
from channels.sms.render import render as render_sms
from channels.telegram.render import render as render_telegram
from channels.wechat.render import render as render_wechat

MAX_ATTEMPTS = 10
FIRST_RETRY_SECONDS = 2.0  # doubled at each attempt
LONGEST_RETRY_SECONDS = 300.0  # so the tenth attempt comes after about fifteen minutes
LEASE_SECONDS = 60.0
DELIVER_SECONDS = 20.0
LOOK_AGAIN_SECONDS = 1.0
AT_ONCE = 8  # messages on their way a channel; a slow provider holds up its own channel alone

log = structlog.get_logger("delivery")

RENDERERS: dict[str, Callable[[Reply], Sequence[object]]] = {
    "sms": render_sms,
    "wechat": render_wechat,
    "telegram": render_telegram,
}

# The oldest waiting row of a conversation only, so that a retried one keeps its place.
# An answer that may still go out in the answer to the channel's request is left to it.
CLAIM = """
WITH candidate AS MATERIALIZED (
    SELECT o.conversation_id, o.seq FROM channels.outbox o
     WHERE o.state = 'waiting' AND NOT o.pulled AND o.channel = ANY(%(channels)s)
       AND o.next_attempt_at <= now()
       AND NOT EXISTS (SELECT FROM channels.outbox earlier
                        WHERE earlier.conversation_id = o.conversation_id AND NOT earlier.pulled
                          AND earlier.state = 'waiting' AND earlier.seq < o.seq)
       AND NOT EXISTS (SELECT FROM channels.inbox i
                        WHERE i.conversation_id = o.conversation_id AND i.seq = o.answers_seq
                          AND i.reply_window_until > now())
     ORDER BY o.next_attempt_at LIMIT 1
       FOR UPDATE OF o SKIP LOCKED
)
UPDATE channels.outbox o
   SET attempts = o.attempts + 1, next_attempt_at = now() + make_interval(secs => %(lease)s)
  FROM candidate k, channels.conversation c
 WHERE o.conversation_id = k.conversation_id AND o.seq = k.seq
   AND c.conversation_id = k.conversation_id
RETURNING o.conversation_id, o.seq, o.attempts, o.send_key, o.reply, c.channel, c.channel_user,
          o.parts_sent, o.topic, o.fields
"""

PART_SENT = """
UPDATE channels.outbox
   SET parts_sent = %(sent)s, vendor_id = coalesce(%(vendor_id)s, vendor_id),
       state = CASE WHEN %(last)s THEN 'sent' ELSE state END,
       sent_at = CASE WHEN %(last)s THEN now() ELSE sent_at END,
       last_error = CASE WHEN %(last)s THEN NULL ELSE last_error END,
       reply = CASE WHEN %(last)s AND topic = 'one_time_code'
                    THEN jsonb_set(reply, '{text}', '"***"') ELSE reply END,
       fields = CASE WHEN %(last)s AND topic = 'one_time_code' THEN NULL ELSE fields END,
       next_attempt_at = now() + make_interval(secs => %(lease)s)
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s AND state = 'waiting'
"""

NOT_SENT = """
UPDATE channels.outbox
   SET state = %(state)s, last_error = %(error)s,
       attempts = attempts - %(uncounted)s::int,
       next_attempt_at = now() + make_interval(secs => %(seconds)s)
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s AND state = 'waiting'
"""


@dataclass(frozen=True)
class Delivery:
    """One reply on its way. ``send_key`` is the same at each attempt.

    ``topic`` and ``fields`` say what a message of our own accord tells; an answer has none.
    """

    conversation_id: str
    seq: int
    attempts: int
    send_key: str
    reply: Reply
    channel: str
    channel_user: str
    parts_sent: int = 0
    topic: str | None = None
    fields: Mapping[str, str] | None = None

    def rendered(self) -> Sequence[object]:
        return RENDERERS[self.channel](self.reply)


class DeliveryRefused(Exception):
    """The provider will never take this message (blocked, unsubscribed): not tried again."""


class DeliveryPostponed(Exception):
    """The channel lets us write to this customer only after the customer has written again."""


class DeliveryLater(Exception):
    """The provider asks for a pause of so many seconds; this was no failed attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked to wait {seconds:.0f} s")
        self.seconds = seconds


class Adapter(Protocol):
    async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
        """Send one part of ``delivery.rendered()``, the ``number``-th from 0.

        Returns the provider's number of the message, if it has one. Raises one of the three
        exceptions above, or anything else to be tried again.
        """
        ...


async def run(pool: Pool, listener: Listener, adapters: Mapping[str, Adapter]) -> None:
    """Deliver for ever; cancel to stop. What is on its way then is sent again after its lease."""
    busy: Counter[str] = Counter()
    async with asyncio.TaskGroup() as group:
        with listener.subscribed(OUTBOX, channels=RENDERERS) as news:

            async def send(delivery: Delivery) -> None:
                try:
                    await _try(pool, delivery, adapters)
                except Exception as error:  # the database is away: the lease will lapse
                    log.warning("delivery.lost", error=type(error).__name__)
                finally:
                    busy[delivery.channel] -= 1
                    news.set()

            while not being_cancelled():
                news.clear()
                free = [channel for channel in CHANNELS if busy[channel] < AT_ONCE]
                delivery = await claim(pool, free) if free else None
                if delivery is None:
                    await wait(news, LOOK_AGAIN_SECONDS)
                    continue
                busy[delivery.channel] += 1
                group.create_task(send(delivery))


async def deliver_one(pool: Pool, adapters: Mapping[str, Adapter]) -> bool:
    """Try the message that has waited longest; False when none waits."""
    delivery = await claim(pool, tuple(CHANNELS))
    if delivery is None:
        return False
    await _try(pool, delivery, adapters)
    return True


async def claim(pool: Pool, channels: Sequence[str]) -> Delivery | None:
    """Lease the message of these channels that has waited longest."""
    parameters = {"channels": list(channels), "lease": LEASE_SECONDS}
    async with pool.connection() as connection:
        row = await (await connection.execute(CLAIM, parameters)).fetchone()
    if row is None:
        return None
    conversation_id, seq, attempts, send_key, reply, *rest = row
    return Delivery(conversation_id, seq, attempts, send_key, Reply.from_dict(reply), *rest)


async def _try(pool: Pool, delivery: Delivery, adapters: Mapping[str, Adapter]) -> None:
    try:
        await _send(pool, delivery, adapters)
    except Exception as error:
        await _not_sent(pool, delivery, error)


async def _send(pool: Pool, delivery: Delivery, adapters: Mapping[str, Adapter]) -> None:
    """Part by part, each noted once it is out, so that a retry goes on where it stopped."""
    adapter = adapters.get(delivery.channel)
    if adapter is None:
        raise DeliveryRefused(f"channel {delivery.channel} is not connected")
    parts = delivery.rendered()
    if not parts:
        await note_sent(pool, delivery, 0, 0)
    for number in range(delivery.parts_sent, len(parts)):
        async with asyncio.timeout(DELIVER_SECONDS):
            vendor_id = await adapter.deliver(delivery, parts[number], number)
        await note_sent(pool, delivery, number + 1, len(parts), vendor_id)


async def note_sent(
    pool: Pool, delivery: Delivery, sent: int, parts: int, vendor_id: str | None = None
) -> None:
    """So many parts are out; with the last one the reply is sent."""
    parameters = {
        "conversation_id": delivery.conversation_id,
        "seq": delivery.seq,
        "sent": sent,
        "last": sent >= parts,
        "vendor_id": vendor_id,
        "lease": LEASE_SECONDS,
    }
    async with pool.connection() as connection:
        await connection.execute(PART_SENT, parameters)


async def _not_sent(pool: Pool, delivery: Delivery, error: Exception) -> None:
    state, event = _outcome(delivery, error)
    backoff = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (delivery.attempts - 1))
    later = error.seconds if isinstance(error, DeliveryLater) else None
    parameters = {
        "state": state,
        "error": f"{type(error).__name__}: {error}"[:500],
        "seconds": backoff if later is None else later,
        "uncounted": later is not None,
        "conversation_id": delivery.conversation_id,
        "seq": delivery.seq,
    }
    async with pool.connection() as connection:
        await connection.execute(NOT_SENT, parameters)
    await counting.count(pool, event)
    log.warning(
        "delivery.not_sent", channel=delivery.channel, state=state, error=type(error).__name__
    )


def _outcome(delivery: Delivery, error: Exception) -> tuple[str, str]:
    """The state of the row and the event to count."""
    if isinstance(error, DeliveryPostponed):
        return "postponed", "delivery_postponed"
    if isinstance(error, DeliveryRefused):
        return "failed", "delivery_failed"
    if delivery.attempts >= MAX_ATTEMPTS and not isinstance(error, DeliveryLater):
        return "failed", "delivery_failed"
    return "waiting", "delivery_retried"
