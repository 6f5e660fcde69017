"""What the flows need to know of a customer's message, taken from Rasa's parse result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from bot.flows.model import Value
from bot.flows.vocabulary import FALLBACK


@dataclass(frozen=True)
class Entity:
    """A detail found in the text; `start` and `end` index the text, the value is canonical."""

    name: str
    value: Value
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Wish:
    """Something the customer wants, not yet begun: an intent and the details said with it."""

    intent: str
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True)
class Button:
    """A choice shown with the bot's last words; a channel sends the payload, or the title."""

    title: str
    payload: str


@dataclass(frozen=True)
class Message:
    """One message of the customer, understood. `confidence` is that of the first intent."""

    id: str
    text: str = ""
    intent: str = ""
    confidence: float = 1.0
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    second: Wish | None = None
    faq_topic: str | None = None
    identity_level: int | None = None
    accounts: Sequence[Value] | None = None
    buttons: tuple[Button, ...] = field(default=())

    def covers_most(self, entity: Entity) -> bool:
        """Whether the detail is at least half of what was said, so that it is an answer."""
        return (entity.end - entity.start) * 2 >= len(self.text.strip())


def from_parse_data(
    message_id: str, data: Mapping[str, object], buttons: tuple[Button, ...] = ()
) -> Message:
    """Reads Rasa's parse data; what the worker knows of the customer stands in its metadata.

    `second_intent` and `faq_topic` may stand in the parse data or in the metadata.
    """
    metadata = _mapping(data.get("metadata"))
    intent = _mapping(data.get("intent"))
    ranking = [_ranked(entry) for entry in _items(data.get("intent_ranking"))]
    second = _mapping(data.get("second_intent") or metadata.get("second_intent"))
    text = str(data.get("text") or "")
    entities = entities_from(data.get("entities"))
    topic = data.get("faq_topic") or metadata.get("faq_topic")
    level = metadata.get("identity_level")
    return Message(
        id=message_id,
        text=text,
        intent=str(intent.get("name") or ""),
        confidence=_number(intent.get("confidence"), 1.0),
        ranking=tuple(pair for pair in ranking if pair[0] and pair[0] != FALLBACK),
        entities=entities,
        second=_wish(second, text, entities),
        faq_topic=None if topic is None else str(topic),
        identity_level=None if level is None else int(_number(level, 0)),
        accounts=cast("list[Value] | None", metadata.get("accounts")),
        buttons=buttons,
    )


def entities_from(items: object) -> tuple[Entity, ...]:
    """Rasa's entity list in the order of the text."""
    entries = [_mapping(item) for item in _items(items)]
    entities = [
        Entity(
            str(entry["entity"]),
            cast(Value, entry.get("value")),
            int(_number(entry.get("start"), 0)),
            int(_number(entry.get("end"), 0)),
        )
        for entry in entries
        if "entity" in entry
    ]
    return tuple(sorted(entities, key=lambda entity: entity.start))


def _wish(data: Mapping[str, object], text: str, entities: tuple[Entity, ...]) -> Wish | None:
    """The second wish, with the details that stand in its own clause of the text."""
    intent = data.get("intent") or data.get("name")
    name = _mapping(intent).get("name") if isinstance(intent, dict) else intent
    begins = text.find(str(data.get("text") or text))
    own = entities_from(data.get("entities")) or tuple(
        entity for entity in entities if entity.start >= begins >= 0
    )
    return Wish(str(name), own) if name else None


def _ranked(entry: object) -> tuple[str, float]:
    ranked = _mapping(entry)
    return str(ranked.get("name") or ""), _number(ranked.get("confidence"), 0.0)


def _number(value: object, default: float) -> float:
    """Intent confidences may be numpy types."""
    return default if value is None else float(cast(float, value))


def _mapping(value: object) -> Mapping[str, object]:
    return cast(Mapping[str, object], value) if isinstance(value, Mapping) else {}


def _items(value: object) -> Sequence[object]:
    return cast(Sequence[object], value) if isinstance(value, list | tuple) else ()
