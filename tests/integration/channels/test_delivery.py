"""The outbox reaches the adapters: in order, once, again after a failure, visibly when never."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from channels import delivery, inbox, push, turns, waiting_customers
from channels.database import Pool
from channels.delivery import Delivery, DeliveryLater, DeliveryPostponed, DeliveryRefused
from channels.listening import Listener
from channels.messages import Reply
from channels.sms.render import Sms
from tests.integration.channels.conversing import message, replies, rows

pytestmark = pytest.mark.integration
DUE = "UPDATE channels.outbox SET next_attempt_at = now() RETURNING 1"


class Phone:
    """An adapter that fails as told, and keeps what it sent."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.texts: list[str] = []

    async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        await asyncio.sleep(0.001)
        assert isinstance(part, Sms)
        self.texts.append(part.text)
        return f"id-{delivery.seq}-{number}"


async def answer(pool: Pool, *texts: str, user: str = "13800000000") -> None:
    await inbox.receive(pool, message(user=user, channel="sms"))
    turn = await turns.claim(pool, "w")
    assert turn is not None
    await turns.finish(pool, turn, replies(*texts), None)


@pytest.fixture
async def listener(database_url: str) -> AsyncIterator[Listener]:
    listener = Listener(database_url)
    await listener.start()
    yield listener
    await listener.stop()


async def test_several_gateways_send_each_message_once_and_in_order(
    pool: Pool, listener: Listener
) -> None:
    phone = Phone()
    running = [asyncio.create_task(delivery.run(pool, listener, {"sms": phone})) for _ in range(4)]
    await answer(pool, *(str(n) for n in range(30)))
    async with asyncio.timeout(10):
        while len(phone.texts) < 30:
            await asyncio.sleep(0.01)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert phone.texts == [str(n) for n in range(30)]


async def test_a_failed_delivery_is_tried_again_before_what_follows(pool: Pool) -> None:
    phone = Phone(ConnectionError("gateway away"))
    await answer(pool, "一", "二")
    assert await delivery.deliver_one(pool, {"sms": phone})
    assert not await delivery.deliver_one(pool, {"sms": phone}), "must wait for its turn"
    await rows(pool, DUE)
    while await delivery.deliver_one(pool, {"sms": phone}):
        pass
    assert phone.texts == ["一", "二"]
    counted = await rows(pool, "SELECT name, n FROM channels.event_count")
    assert counted == [("delivery_retried", 1)]


async def test_what_cannot_be_sent_is_failed_and_holds_nothing_up(pool: Pool) -> None:
    phone = Phone(DeliveryRefused("unsubscribed"))
    await answer(pool, "一", "二")
    while await delivery.deliver_one(pool, {"sms": phone}):
        pass
    states = await rows(pool, "SELECT state, last_error FROM channels.outbox ORDER BY seq")
    assert states == [("failed", "DeliveryRefused: unsubscribed"), ("sent", None)]
    assert phone.texts == ["二"]


async def test_after_the_last_attempt_it_is_failed(pool: Pool) -> None:
    phone = Phone(*[ConnectionError("away")] * delivery.MAX_ATTEMPTS)
    await answer(pool, "一")
    for _ in range(delivery.MAX_ATTEMPTS):
        assert await delivery.deliver_one(pool, {"sms": phone})
        await rows(pool, DUE)
    assert await rows(pool, "SELECT state FROM channels.outbox") == [("failed",)]


async def test_a_long_reply_goes_on_after_the_parts_that_are_out(pool: Pool) -> None:
    phone = Phone(None, ConnectionError("away"))
    await answer(pool, "水费。" * 400)  # three messages
    await delivery.deliver_one(pool, {"sms": phone})
    assert len(phone.texts) == 1
    await rows(pool, DUE)
    await delivery.deliver_one(pool, {"sms": phone})
    assert "".join(phone.texts) == "水费。" * 400
    kept = await rows(pool, "SELECT state, parts_sent, vendor_id FROM channels.outbox")
    assert kept == [("sent", 3, "id-2-2")]


async def test_a_pause_that_the_provider_asks_for_is_no_failed_attempt(pool: Pool) -> None:
    phone = Phone(*[DeliveryLater(0)] * (delivery.MAX_ATTEMPTS + 5))
    await answer(pool, "一")
    for _ in range(delivery.MAX_ATTEMPTS + 6):
        assert await delivery.deliver_one(pool, {"sms": phone})
    assert phone.texts == ["一"]


async def test_what_must_wait_for_the_customer_is_kept_and_holds_nothing_up(pool: Pool) -> None:
    phone = Phone(DeliveryPostponed("window closed"))
    await answer(pool, "一", "二")
    while await delivery.deliver_one(pool, {"sms": phone}):
        pass
    states = await rows(pool, "SELECT state FROM channels.outbox ORDER BY seq")
    assert states == [("postponed",), ("sent",)]


async def test_a_provider_that_hangs_holds_up_its_own_channel_alone(
    pool: Pool, listener: Listener
) -> None:
    class Hanging(Phone):
        async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
            await asyncio.sleep(60)

    phone = Phone()
    for user in range(20):
        await push.push(pool, Reply("停水"), f"w{user}", channel="wechat", channel_user=f"o{user}")
    await push.push(pool, Reply("短信"), "s", channel="sms", channel_user="13800000000")
    running = asyncio.create_task(delivery.run(pool, listener, {"sms": phone, "wechat": Hanging()}))
    async with asyncio.timeout(5):
        while not phone.texts:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert phone.texts == ["短信"]


async def test_what_customers_fetch_themselves_is_not_delivered(pool: Pool) -> None:
    await answer(pool, "一", user="demo:wang")
    assert not await delivery.deliver_one(pool, {"sms": Phone()})


async def test_who_waits_too_long_is_told_once_and_answered_later(pool: Pool) -> None:
    await inbox.receive(pool, message())
    await waiting_customers.comfort(pool, patience_seconds=60)
    assert await rows(pool, "SELECT * FROM channels.outbox") == []
    for _ in range(3):
        await waiting_customers.comfort(pool, patience_seconds=0)
    assert await rows(pool, "SELECT author FROM channels.outbox") == [("system",)]
    assert await turns.claim(pool, "w") is not None
