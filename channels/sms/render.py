"""A reply as SMS: plain text, options as numbers, the link as its address, no pictures."""

from dataclasses import dataclass

from channels.abilities import SMS_PART_UNITS, SMS_SINGLE_UNITS, SMS_TOTAL_UNITS
from channels.messages import Reply
from channels.numbered_options import numbered
from channels.splitting import split, utf16_units


@dataclass(frozen=True)
class Sms:
    """``parts`` is what the phone joins again and what is billed."""

    text: str
    parts: tuple[str, ...]


def render(reply: Reply) -> tuple[Sms, ...]:
    """One or more messages of at most 500 units each (the provider's limit)."""
    link = reply.link.url if reply.link else ""
    description = reply.image.description if reply.image and not reply.text else ""
    whole = (reply.text, description, link, numbered(reply.options))
    text = "\n".join(part for part in whole if part)
    return tuple(
        Sms(message, segments(message)) for message in split(text, SMS_TOTAL_UNITS, utf16_units)
    )


def segments(text: str) -> tuple[str, ...]:
    """As the network cuts it: up to 70 units in one, else 67 a part, no emoji cut in two."""
    if utf16_units(text) <= SMS_SINGLE_UNITS:
        return (text,)
    parts, part = [], ""
    for character in text:
        if utf16_units(part + character) > SMS_PART_UNITS:
            parts.append(part)
            part = ""
        part += character
    return (*parts, part)
