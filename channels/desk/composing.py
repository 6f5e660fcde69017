"""An agent's reply before it is sent: is there something to send, and does the channel take it."""

import re
from dataclasses import dataclass

from channels.abilities import abilities_of
from channels.desk.labels import label, sentence
from channels.sms.render import segments
from channels.splitting import Measure, utf8_bytes, utf16_units

BLANK = re.compile(r"\{[a-z_]+\}")  # of a canned reply, not filled

MEASURES: dict[str, Measure] = {
    "characters": len,
    "utf8_bytes": utf8_bytes,
    "utf16_units": utf16_units,
}


class ReplyRefused(Exception):
    """The message says what to change."""


@dataclass(frozen=True)
class Room:
    """How much a channel takes in one message, as the page counts along."""

    limit: int
    unit: str
    unit_name: str


def room_of(channel: str) -> Room:
    abilities = abilities_of(channel)
    return Room(abilities.max_length, abilities.length_unit, label("units", abilities.length_unit))


def composed(text: str, channel: str) -> str:
    """The text to send. Raises ``ReplyRefused`` when it is empty or too long for one message."""
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not said:
        raise ReplyRefused(sentence("empty"))
    if blank := BLANK.search(said):
        raise ReplyRefused(sentence("blank_left", blank=blank[0]))
    room = room_of(channel)
    length = MEASURES[room.unit](said)
    if length > room.limit:
        raise ReplyRefused(
            sentence(
                "too_long",
                length=length,
                limit=room.limit,
                unit=room.unit_name,
                channel=label("channels", channel),
            )
        )
    return said


def billed_parts(text: str) -> int:
    """How many short messages an SMS is billed as."""
    return len(segments(text))
