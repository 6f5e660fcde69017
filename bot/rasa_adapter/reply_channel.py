"""Collects what the bot says in a turn, one neutral reply for each of Rasa's responses."""

from typing import Any, TypedDict

from rasa.core.channels.channel import OutputChannel


class NeutralReply(TypedDict):
    """Known to no channel: ``link`` has title and url, ``image`` has url and description."""

    text: str
    options: list[str]
    link: dict[str, str] | None
    image: dict[str, str] | None


class ReplyChannel(OutputChannel):
    """Made anew for each turn. ``channel`` picks the domain's texts for that channel."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.replies: list[NeutralReply] = []

    def name(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The channel's name, as `channel:` of a response in the domain has it."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Rasa's response becomes one reply; an empty one is left out."""
        custom = message.get("custom") or {}
        reply = NeutralReply(
            text=message.get("text") or "",
            options=[button["title"] for button in message.get("buttons") or []],
            link=custom.get("link"),
            image=custom.get("image"),
        )
        if any(reply.values()):
            self.replies.append(reply)
