"""Replies on their way out by SMS: limits, one sending each, what it costs."""

from channels.database import Pool
from channels.delivery import Delivery, DeliveryLater, DeliveryRefused
from channels.sms import opting_out, sent
from channels.sms.port import OutgoingSms, SmsLater, SmsProvider, SmsRefused
from channels.sms.reading import phone_of
from channels.sms.render import Sms, segments

# A machine that answers machines stops here; no person gets near. Codes have limits of
# their own (billing_client/services/guessing.py).
ANSWERS_A_DAY, NOTICES_A_DAY = 40, 20
CODE = "one_time_code"


class SmsAdapter:
    """``signature`` is what the provider puts in front, ``price_e4`` of one part."""

    def __init__(self, provider: SmsProvider, pool: Pool, signature: str, price_e4: int) -> None:
        self._provider, self._pool = provider, pool
        self._signature, self._price_e4 = signature, price_e4

    async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
        assert isinstance(part, Sms)
        phone = phone_of(delivery.channel_user)
        if phone is None:
            raise DeliveryRefused("no mobile number of the mainland")
        await self._check(phone, delivery.topic)
        sms = OutgoingSms(
            phone,
            part.text,
            f"{delivery.conversation_id}-{delivery.seq}-{number}",
            delivery.topic,
            delivery.fields,
        )
        return await self._send_once(sms)

    async def _check(self, phone: str, topic: str | None) -> None:
        if await opting_out.unwanted(self._pool, phone, topic):
            raise DeliveryRefused("the customer wants no such messages")
        limit = ANSWERS_A_DAY if topic is None else NOTICES_A_DAY
        if topic != CODE and await sent.today(self._pool, phone, notices=bool(topic)) >= limit:
            raise DeliveryRefused(f"{limit} messages in 24 hours")

    async def _send_once(self, sms: OutgoingSms) -> str:
        parts = len(segments(self._signature + sms.text))
        attempt = await sent.begin(self._pool, sms, parts, self._price_e4)
        if attempt.vendor_id is not None:
            return attempt.vendor_id
        found = await self._provider.find(sms) if attempt.unsure else None
        vendor_id = found or await self._send(sms)
        await sent.sent(self._pool, sms.out_id, vendor_id)
        return vendor_id

    async def _send(self, sms: OutgoingSms) -> str:
        try:
            return await self._provider.send(sms)
        except SmsRefused as error:
            await sent.refused(self._pool, sms.out_id)
            raise DeliveryRefused(str(error)) from None
        except SmsLater as error:
            await sent.not_sent(self._pool, sms.out_id)
            raise DeliveryLater(error.seconds) from None
