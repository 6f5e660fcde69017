"""The domain's responses outside a conversation: apologies and messages of our own accord."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from channels.messages import Option, Reply

Variations = Sequence[Mapping[str, Any]]


class Responses:
    """``by_name`` is `responses:` of the domain."""

    def __init__(self, by_name: Mapping[str, Variations]) -> None:
        self._by_name = by_name

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def render(self, name: str, channel: str, **blanks: Any) -> Reply:
        """One variation with its blanks filled, by Rasa's rule: a channel's own ones first.

        Raises KeyError for an unknown response or a blank without a value.
        """
        chosen = random.choice(self._suitable(name, channel))  # noqa: S311
        titles = (button["title"] for button in chosen.get("buttons") or ())
        return Reply(
            chosen["text"].format(**blanks),
            tuple(Option(title.format(**blanks)) for title in titles),
        )

    def part(self, name: str, **blanks: Any) -> str:
        """The text of a response that is a part of a longer one."""
        return self._by_name[name][0]["text"].format(**blanks)

    def buttons(self, name: str) -> list[dict[str, Any]]:
        """Titles and payloads under a response, as the next turn must know them."""
        return [dict(button) for button in self._by_name[name][0].get("buttons") or ()]

    def _suitable(self, name: str, channel: str) -> Variations:
        variations = self._by_name[name]
        own = [one for one in variations if one.get("channel") == channel]
        return own or [one for one in variations if one.get("channel") is None]
