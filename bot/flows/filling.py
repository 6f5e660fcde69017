"""How an answer becomes the value of a slot: option, intent, entity, word of the text."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.flows.message import Button, Entity, Message
from bot.flows.model import Collect, Value

NUMBERS = "一二三四五六七八九"
NUMBERED = re.compile(rf"^(?:我?选|第)?\s*([1-9{NUMBERS}])\s*(?:个|项|种)?[.、。吧]?$")
IGNORED = re.compile(r"[\s。.!！,，、?？「」\"“”]+")
CIRCLED = {ord(circle): str(number) for number, circle in enumerate("①②③④⑤⑥⑦⑧⑨", 1)}
LONGEST_INEXACT_CHOICE = 12
"""Characters; a longer text that contains an option's title says more than the choice."""
SHORTEST_TELLING_WORD = 2
"""Characters of a word that fills a question which has not been asked yet."""


@dataclass(frozen=True)
class Answer:
    """A value for the open question, and the entity it came from (if any)."""

    value: Value
    entity: Entity | None = None


def chosen_number(text: str, count: int) -> int | None:
    """The position (from 0) when the text is the number of one of `count` options."""
    match = NUMBERED.match(text.strip().translate(CIRCLED))
    if not match:
        return None
    digit = match.group(1)
    number = int(digit) if digit.isdigit() else NUMBERS.index(digit) + 1
    return number - 1 if number <= count else None


def chosen(text: str, titles: list[str], *, exact: bool = False) -> int | None:
    """The position of the option whose title (or number) the text is.

    It may be a piece of one title alone. A short text may also contain one title among other
    words, unless `exact`.
    """
    plain = _plain(text)
    for position, title in enumerate(titles):
        if plain and plain == _plain(title):
            return position
    by_number = chosen_number(text, len(titles))
    if by_number is None:
        by_number = _shortened(plain, titles)
    if by_number is not None or exact or len(plain) > LONGEST_INEXACT_CHOICE:
        return by_number
    contained = [
        position for position, title in enumerate(titles) if title and _plain(title) in plain
    ]
    return contained[0] if len(contained) == 1 else None


def _shortened(plain: str, titles: list[str]) -> int | None:
    """The position of the only title that the text is a piece of: 申请 for 登记申请."""
    fits = str.startswith if len(plain) == 1 else str.__contains__
    found = [position for position, title in enumerate(titles) if fits(_plain(title), plain)]
    return found[0] if plain and len(found) == 1 else None


def chosen_button(text: str, buttons: tuple[Button, ...], *, exact: bool = False) -> int | None:
    """The position of the button that the customer pressed or named."""
    for position, button in enumerate(buttons):
        if text.strip() == button.payload:
            return position
    return chosen(text, [button.title for button in buttons], exact=exact)


def told_by_button(message: Message) -> tuple[Entity, ...]:
    """The details that the chosen button carries: ``/affirm{"payment_method": "alipay"}``."""
    position = chosen_button(message.text, message.buttons)
    payload = "" if position is None else message.buttons[position].payload
    details = json.loads(payload[payload.index("{") :]) if "{" in payload else {}
    return tuple(Entity(name, value) for name, value in details.items())


def take_option(question: Collect, message: Message, *, exact: bool = False) -> Answer | None:
    """The chosen option of the question, or of the buttons that its action showed."""
    if question.options:
        position = chosen(message.text, [option.title for option in question.options], exact=exact)
        return None if position is None else Answer(question.options[position].value)
    position = chosen_button(message.text, message.buttons, exact=exact)
    if position is None:
        return None
    payload = message.buttons[position].payload
    if payload.startswith("/"):
        intent = payload[1:].split("{")[0]
        return Answer(question.intents[intent]) if intent in question.intents else None
    return None if question.is_confirm else Answer(payload)


def take_words(question: Collect, text: str, *, shortest: int = 1) -> Answer | None:
    """The first value one of whose words (of `shortest` characters or more) the text contains."""
    for value, words in question.words.items():
        if any(word in text for word in words if len(word) >= shortest):
            return Answer(value)
    return None


def take_pattern(question: Collect, text: str) -> Answer | None:
    """The whole text when the question's pattern is found in it."""
    if question.pattern is None or not re.search(question.pattern, text):
        return None
    return Answer(text.strip())


def take_intent(question: Collect, message: Message) -> Answer | None:
    """The value that the question gives to this intent."""
    if message.intent in question.intents:
        return Answer(question.intents[message.intent])
    return None


def take_entity(
    names: Iterable[str], entities: Iterable[Entity], used: Iterable[Entity] = ()
) -> Answer | None:
    """The first unused entity, in the order of the names."""
    free = [entity for entity in entities if entity not in used]
    for name in names:
        for entity in free:
            if entity.name == name:
                return Answer(entity.value, entity)
    return None


def _plain(text: str) -> str:
    return IGNORED.sub("", text).lower()
