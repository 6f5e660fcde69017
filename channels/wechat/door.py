"""WeChat's way in: the callback address, and the gateway's end of the channel."""

import time
from dataclasses import replace

import aiohttp
import structlog
from aiohttp import web

from channels import counting
from channels.doors import Surroundings
from channels.inbox import Received
from channels.messages import InboundMessage
from channels.texts import text
from channels.web.photos import LARGEST_PHOTO_BYTES
from channels.web.refusals import Refusal
from channels.wechat import allowance, answering, receipts, templates
from channels.wechat.adapter import WeChatAdapter
from channels.wechat.client import WeChatApi, WeChatError
from channels.wechat.passive import ANSWER_SECONDS, Passive
from channels.wechat.reading import Heard, NotUnderstood, read
from channels.wechat.sealing import Forged, Opened, Sealing
from channels.wechat.settings import CALLBACK_PATH, WeChatSettings

CHANNEL = "wechat"
LARGEST_REQUEST_BYTES = 64 * 1024
PHOTO_SECONDS = 3.5
# WeChat drops a request after 5 s and asks again, three times in all.
REPEAT_AFTER_SECONDS = 5.0
ALL_REPEATS_SECONDS = 14.0

log = structlog.get_logger("wechat")


class WeChatDoor:
    name = CHANNEL

    def __init__(self, settings: WeChatSettings, around: Surroundings) -> None:
        """Raises ``BadChannelSetting``."""
        self._settings, self._around = settings, around
        self._sealing = Sealing(settings)
        self._api = WeChatApi(settings, around.pool)
        self._passive = Passive(around.pool, around.listener)
        self.adapter = WeChatAdapter(
            self._api,
            around.pool,
            templates.read(settings.templates),
            customer_service=settings.customer_service,
        )

    def add_to(self, application: web.Application) -> None:
        application.router.add_get(CALLBACK_PATH, self.verify)
        application.router.add_post(CALLBACK_PATH, self.callback)

    async def close(self) -> None:
        await self._api.close()

    async def verify(self, request: web.Request) -> web.Response:
        """When the address is saved at the platform: the bare ``echostr``."""
        try:
            self._sealing.check(request.query)
        except Forged:
            return web.Response(status=403)
        return web.Response(text=request.query.get("echostr", "")[:200])

    async def callback(self, request: web.Request) -> web.Response:
        if (request.content_length or 0) > LARGEST_REQUEST_BYTES:
            return web.Response(status=413)
        try:
            opened = self._sealing.open(request.query, await request.read())
            heard = read(opened.xml)
        except Forged:
            return web.Response(status=403)
        except NotUnderstood:
            # What is refused comes three times, and the customer is shown a fault.
            await counting.count(self._around.pool, "wechat_not_understood")
            return web.Response(text=answering.NOTHING)
        return self._response(opened, heard, await self._answer(heard))

    def _response(self, opened: Opened, heard: Heard, said: str | None) -> web.Response:
        if said is None:
            return web.Response(text=answering.NOTHING)
        xml = answering.text_xml(heard, said, int(time.time()))
        return web.Response(text=self._sealing.seal(opened, xml), content_type="text/xml")

    async def _answer(self, heard: Heard) -> str | None:
        await allowance.note(self._around.pool, heard.openid, heard.allows)
        if heard.event == "unsubscribe":
            await allowance.unfollowed(self._around.pool, heard.openid)
        if heard.event == "templatesendjobfinish":
            await receipts.note(self._around.pool, heard)
        if heard.allows == "nothing":
            return None
        message = await self._message(heard)
        if isinstance(message, str):
            return message
        received = await self._around.intake.take(message)
        return None if received is None else await self._reply(heard, received)

    async def _message(self, heard: Heard) -> InboundMessage | str:
        """For the bot, or what to say at once instead."""
        message = InboundMessage(
            CHANNEL,
            heard.openid,
            heard.key,
            heard.text or "",
            kind=heard.kind,
            reply_window_seconds=self._window,
        )
        if heard.media_id is not None:
            photo_id = await self._photo(heard.media_id)
            if photo_id is None:
                return text("photo_lost")
            return replace(message, attachments=(photo_id,))
        if heard.text is None:
            return text("voice_not_heard" if heard.kind == "voice" else "unsupported_kind")
        return message

    async def _photo(self, media_id: str) -> str | None:
        try:
            data = await self._api.download(media_id, LARGEST_PHOTO_BYTES)
            return await self._around.photos.keep(data)
        except (WeChatError, aiohttp.ClientError, TimeoutError, ValueError, Refusal) as error:
            log.warning("wechat.photo_lost", error=type(error).__name__)
            return None

    @property
    def _window(self) -> float:
        return ANSWER_SECONDS if self._settings.customer_service else ALL_REPEATS_SECONDS

    async def _reply(self, heard: Heard, received: Received) -> str | None:
        """Within the window when the bot is ready; else the delivery sends it."""
        if self._settings.customer_service:
            said = await self._passive.answer(heard.openid, received, ANSWER_SECONDS)
            if said is None:
                await self._passive.close(received)
            return said
        return await self._reply_by_repeats(heard, received)

    async def _reply_by_repeats(self, heard: Heard, received: Received) -> str | None:
        """For accounts that may only answer: WeChat's own repeats give three times the time."""
        left = ALL_REPEATS_SECONDS - await self._passive.age(received)
        last = left <= REPEAT_AFTER_SECONDS
        seconds = min(left, ANSWER_SECONDS) if last else REPEAT_AFTER_SECONDS + 0.5
        said = await self._passive.answer(heard.openid, received, max(0.0, seconds))
        if said is None and last:
            await self._passive.close(received)
            return text("still_working")
        return said
