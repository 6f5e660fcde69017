"""Replies on their way to Telegram."""

from channels.delivery import Delivery, DeliveryLater, DeliveryRefused
from channels.telegram.buttons import keyboard
from channels.telegram.client import (
    BAD_REQUEST,
    FORBIDDEN,
    BotApi,
    BotApiError,
    TooManyRequests,
)
from channels.telegram.render import TelegramMessage, TelegramPhoto


class TelegramAdapter:
    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def deliver(self, delivery: Delivery, part: object, number: int) -> str | None:
        try:
            if isinstance(part, TelegramPhoto):
                return await self._photo(delivery, part)
            assert isinstance(part, TelegramMessage)
            return await self._message(delivery, part)
        except TooManyRequests as error:
            raise DeliveryLater(error.seconds) from None
        except BotApiError as error:
            # 403: blocked by the user, or the user is gone. 400: it would be refused again.
            if error.status in (BAD_REQUEST, FORBIDDEN):
                raise DeliveryRefused(str(error)) from None
            raise

    async def _message(self, delivery: Delivery, part: TelegramMessage) -> str:
        sent = await self._api.call(
            "sendMessage",
            chat_id=int(delivery.channel_user),
            text=part.text,
            reply_markup=keyboard(part.keyboard, delivery.seq, part.link),
        )
        return str(sent["message_id"])

    async def _photo(self, delivery: Delivery, part: TelegramPhoto) -> str:
        """As a picture; as a line with its address when Telegram cannot fetch it."""
        try:
            sent = await self._api.call(
                "sendPhoto",
                chat_id=int(delivery.channel_user),
                photo=part.url,
                caption=part.caption,
            )
        except BotApiError as error:
            if error.status != BAD_REQUEST:
                raise
            return await self._message(delivery, TelegramMessage(f"{part.caption} {part.url}"))
        return str(sent["message_id"])
