"""The one message model that every channel speaks.

A channel adapter turns what it verified into an ``InboundMessage`` and renders a
``Reply`` in its own manner. Nothing of a channel's wire format goes further in.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Owner = Literal["bot", "queue", "agent", "closed"]


@dataclass(frozen=True)
class InboundMessage:
    """One verified message of a customer.

    ``channel_key`` is the channel's own key of the message (web: the client's
    message id), unique within the channel: a repeat of it changes nothing.
    """

    channel: str  # web wechat sms telegram
    channel_user: str
    channel_key: str
    text: str
    kind: str = "text"  # text photo voice location event
    received_at: datetime | None = None
    attachments: tuple[str, ...] = ()
    address: str | None = None  # network address, for the limits on guessing
    metadata: dict[str, Any] = field(default_factory=dict)
    said: str | None = None  # what the bot is given, where the text itself is a code
    reply_window_seconds: float = 0  # so long the door waits to answer within its request


@dataclass(frozen=True)
class Option:
    """One suggested answer; choosing it says its title."""

    title: str


@dataclass(frozen=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True)
class Image:
    url: str
    description: str  # read aloud by a screen reader, sent in place of the picture on SMS


@dataclass(frozen=True)
class Reply:
    """One message to the customer, before any channel renders it."""

    text: str
    options: tuple[Option, ...] = ()
    link: Link | None = None
    image: Image | None = None
    author: str = "bot"  # bot | agent | system
    name: str = ""  # of the agent, as customers read it

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Reply":
        link, image = data.get("link"), data.get("image")
        return cls(
            text=data["text"],
            options=tuple(Option(option["title"]) for option in data.get("options", ())),
            link=Link(**link) if link else None,
            image=Image(**image) if image else None,
            author=data.get("author", "bot"),
            name=data.get("name", ""),
        )
