"""Telegram's way in: the webhook, and the gateway's end of the channel."""

import asyncio
import hmac
from typing import Any

import aiohttp
import structlog
from aiohttp import web

from channels import counting
from channels.doors import Surroundings
from channels.messages import InboundMessage
from channels.telegram import buttons, reading
from channels.telegram.adapter import TelegramAdapter
from channels.telegram.buttons import CHANNEL
from channels.telegram.client import BotApi, BotApiError
from channels.telegram.settings import WEBHOOK_PATH, TelegramSettings
from channels.telegram.wire import NotUnderstood, Press, Update, parse
from channels.web.photos import LARGEST_PHOTO_BYTES
from channels.web.refusals import Refusal

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
LARGEST_UPDATE_BYTES = 256 * 1024

log = structlog.get_logger("telegram")


class TelegramDoor:
    """What is stored is acknowledged; Telegram sends again, for hours, what is not."""

    name = CHANNEL

    def __init__(self, settings: TelegramSettings, around: Surroundings) -> None:
        self._settings, self._around = settings, around
        self._api = BotApi(settings.token, settings.api_url)
        self.adapter = TelegramAdapter(self._api)
        self._tasks: set[asyncio.Task[None]] = set()

    def add_to(self, application: web.Application) -> None:
        application.router.add_post(WEBHOOK_PATH, self.webhook)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._api.close()

    async def webhook(self, request: web.Request) -> web.Response:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._settings.secret.encode()):
            return web.Response(status=403)
        if (request.content_length or 0) > LARGEST_UPDATE_BYTES:
            return web.Response(status=413)
        try:
            update = parse(await request.read())
        except NotUnderstood:
            # Refused, it would come again and again and hold up the others.
            await counting.count(self._around.pool, "telegram_not_understood")
            return web.Response()
        await self._handle(update)
        return web.Response()

    async def _handle(self, update: Update) -> None:
        if update.callback_query is not None:
            await self._pressed(update.update_id, update.callback_query)
            return
        message = update.message or update.edited_message
        if message is None or not reading.is_customers(message):
            return
        if update.edited_message and message.location:
            return  # a live location, told anew every few seconds
        user, key = str(message.chat.id), str(update.update_id)
        if (photo := reading.photo_of(message)) is not None:
            await self._photo(user, key, photo, reading.text_of(message) or "")
        elif (said := reading.text_of(message)) is not None:
            kind = "location" if message.location else "text"
            metadata = {"edited": True} if update.edited_message else {}
            await self._take(user, key, said, kind=kind, metadata=metadata)
        else:
            name = "voice_not_heard" if message.voice else "unsupported_kind"
            await self._around.intake.tell(CHANNEL, user, name, key)

    async def _take(self, user: str, key: str, said: str, **fields: Any) -> None:
        await self._around.intake.take(InboundMessage(CHANNEL, user, key, said, **fields))

    async def _photo(self, user: str, key: str, file_id: str, caption: str) -> None:
        try:
            data = await self._api.download(file_id, LARGEST_PHOTO_BYTES)
            photo_id = await self._around.photos.keep(data)
        except (BotApiError, aiohttp.ClientError, TimeoutError, ValueError, Refusal) as error:
            log.warning("telegram.photo_lost", error=type(error).__name__)
            await self._around.intake.tell(CHANNEL, user, "photo_lost", key)
            if caption:
                await self._take(user, key, caption)
            return
        await self._take(user, key, caption, kind="photo", attachments=(photo_id,))

    async def _pressed(self, update_id: int, press: Press) -> None:
        """A button says its title; the other buttons go, so that it is pressed once."""
        user = str(press.sender.id)
        title = await buttons.title_of(self._around.pool, user, press.data)
        if title is not None:
            await self._take(user, str(update_id), title)
        task = asyncio.create_task(self._acknowledge(press, title))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _acknowledge(self, press: Press, title: str | None) -> None:
        """Until then the button shows that it works; what fails here costs nothing else."""
        try:
            await self._api.call("answerCallbackQuery", callback_query_id=press.id)
            if title is not None and press.message is not None:
                await self._api.call(
                    "editMessageReplyMarkup",
                    chat_id=press.message.chat.id,
                    message_id=press.message.message_id,
                    reply_markup=buttons.chosen(title),
                )
        except (BotApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("telegram.press_not_acknowledged", error=type(error).__name__)
