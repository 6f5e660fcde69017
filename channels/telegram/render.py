"""A reply as Telegram messages: 4096 characters each, the options as a keyboard of the last."""

from dataclasses import dataclass

from channels.abilities import TELEGRAM_TEXT_CHARACTERS
from channels.messages import Reply
from channels.splitting import split


@dataclass(frozen=True)
class TelegramMessage:
    """Plain text, so nothing has to be escaped. ``keyboard`` holds one button a row:

    a reply keyboard, whose button says its title (callback data would hold 64 bytes).
    """

    text: str
    keyboard: tuple[str, ...] = ()
    link: tuple[str, str] | None = None  # title and address of an inline button
    photo: tuple[str, str] | None = None  # address and caption, sent before the text


def render(reply: Reply) -> tuple[TelegramMessage, ...]:
    link_below = reply.link is not None and bool(reply.options)  # one keyboard a message
    text = (
        f"{reply.text}\n{reply.link.title} {reply.link.url}"
        if reply.link and link_below
        else reply.text
    )
    texts = split(text, TELEGRAM_TEXT_CHARACTERS) or [""]
    photo = (reply.image.url, reply.image.description) if reply.image else None
    link = (reply.link.title, reply.link.url) if reply.link and not link_below else None
    keyboard = tuple(option.title for option in reply.options)
    last = len(texts) - 1
    return tuple(
        TelegramMessage(
            text,
            keyboard if number == last else (),
            link if number == last else None,
            photo if number == 0 else None,
        )
        for number, text in enumerate(texts)
    )
