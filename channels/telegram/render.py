"""A reply as Telegram messages: 4096 units each, the options as buttons under the last."""

from dataclasses import dataclass

from channels.abilities import TELEGRAM_TEXT_UNITS
from channels.messages import Link, Reply
from channels.splitting import split, utf16_units


@dataclass(frozen=True)
class TelegramPhoto:
    """Telegram fetches the picture itself from the address."""

    url: str
    caption: str


@dataclass(frozen=True)
class TelegramMessage:
    """Plain text, so nothing has to be escaped. ``keyboard`` holds one button a row.

    ``link``: title and address of a button; Telegram takes no other scheme than https here
    that a customer could open.
    """

    text: str
    keyboard: tuple[str, ...] = ()
    link: tuple[str, str] | None = None


def render(reply: Reply) -> tuple[TelegramPhoto | TelegramMessage, ...]:
    photo = (TelegramPhoto(reply.image.url, reply.image.description),) if reply.image else ()
    button, below = _link(reply.link)
    texts = split(f"{reply.text}\n{below}".strip(), TELEGRAM_TEXT_UNITS, utf16_units)
    keyboard = tuple(option.title for option in reply.options)
    if not texts and (keyboard or button):
        texts = [reply.image.description if reply.image else "👇"]
    last = len(texts) - 1
    return photo + tuple(
        TelegramMessage(text, keyboard, button) if number == last else TelegramMessage(text)
        for number, text in enumerate(texts)
    )


def _link(link: Link | None) -> tuple[tuple[str, str] | None, str]:
    """As a button, or as a line of the text where a button would be refused."""
    if link is None:
        return None, ""
    if link.url.startswith("https://"):
        return (link.title, link.url), ""
    return None, f"{link.title} {link.url}"
