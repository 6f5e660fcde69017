"""Find a second wish in one message: 「帮我交水费，另外水表好像坏了」.

People join wishes by a word (另外, 顺便), by a comma, or, speaking, by nothing at all. A
message is parted wherever a clause could begin; the model, without its slow encoder, glances
at the parts, and understands the likeliest ones in full.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.nlu.intent_model import Understanding

_MARKS = "，,。;；!！?？、~+ "
_JOINT = re.compile(
    r"另外|还有就是|还有|还想|顺便|顺手|顺带|再帮我|对了|再就是|再一个|再说|然后再|然后|同时|并且"
    r"|再|也|一起|一块儿?"
)
SHORTEST_CLAUSE = 3  # characters; less is an afterthought, not a wish
SHORTEST_UNMARKED = 5  # where neither a mark nor a word parts the clauses
MOST_LOOKED_AT = 2  # places that are understood in full; each costs two runs of the encoder
LONGEST_MESSAGE = 200  # characters; a longer story is told for one matter
SUREST = 0.85  # confidence of each part by itself
_LEAST_RANK = 2  # the message as a whole has both intents among its first three
# Sum of the parts' margins without the encoder: a part that fits no intent stays below 0.
_LEAST_MARGINS = {"word": -1.0, "mark": 0.0, "nothing": 0.3}

# What can be put off until the first wish is done. Talk is not a wish.
_NOT_A_WISH = frozenset(
    "greet goodbye thanks affirm deny stop help bot_challenge inform out_of_scope".split()  # noqa: SIM905
)


class Listener(Protocol):
    """What an intent model can say of a text."""

    def understand(self, text: str) -> Understanding:
        """Intents with calibrated confidence."""
        ...

    def glance(self, text: str) -> Sequence[tuple[str, float]]:
        """The likeliest intents with their margins, without the encoder."""
        ...

    def may_part(self, before: str, after: str) -> bool:
        """Whether a clause may end with the one text and another begin with the other."""
        ...


@dataclass(frozen=True)
class SecondWish:
    """The first clause's own intent and the later clause with its intent."""

    first: Understanding
    second: Understanding
    text: str


@dataclass(frozen=True)
class _Parted:
    before: str
    after: str
    margins: float


def find_second_wish(text: str, whole: Understanding, listener: Listener) -> SecondWish | None:
    """The likeliest place that surely parts two different wishes; ``whole`` is ``text`` itself."""
    if len(text) > LONGEST_MESSAGE or _is_latin(text):
        return None
    considered = [name for name, _ in whole.ranking[: _LEAST_RANK + 1]]
    likeliest = sorted(_parted(text, listener), key=lambda parted: -parted.margins)
    for parted in likeliest[:MOST_LOOKED_AT]:
        first, second = listener.understand(parted.before), listener.understand(parted.after)
        if not (_is_wish(first) and _is_wish(second)) or first.intent == second.intent:
            continue
        if first.intent in considered and second.intent in considered:
            return SecondWish(first, second, parted.after)
    return None


def _parted(text: str, listener: Listener) -> Iterator[_Parted]:
    for at in range(SHORTEST_CLAUSE, len(text) - SHORTEST_CLAUSE + 1):
        if text[at] in _MARKS:
            continue
        before, after = text[:at].rstrip(_MARKS), text[at:]
        joint = _JOINT.match(after)
        if joint:
            after = after[joint.end() :].lstrip(_MARKS)
            parted_by, shortest = "word", SHORTEST_CLAUSE
        elif text[at - 1] in _MARKS:
            parted_by, shortest = "mark", SHORTEST_CLAUSE
        else:
            parted_by, shortest = "nothing", SHORTEST_UNMARKED
        if min(len(before), len(after)) < shortest:
            continue
        if parted_by == "nothing" and not listener.may_part(before, after):
            continue
        margins = _margins_of_two(listener.glance(before), listener.glance(after))
        if margins >= _LEAST_MARGINS[parted_by]:
            said = 1.0 if parted_by == "word" else 0.0  # who says 顺便 parts there
            yield _Parted(before, after, margins + said)


def _margins_of_two(
    before: Sequence[tuple[str, float]], after: Sequence[tuple[str, float]]
) -> float:
    """The highest sum of the margins of two different intents, one of each part."""
    sums = [one + other for name, one in before for second, other in after if name != second]
    return max(sums, default=float("-inf"))


def _is_latin(text: str) -> bool:
    """Pinyin: syllables part anywhere."""
    return sum(character.isascii() and character.isalpha() for character in text) * 2 > len(text)


def _is_wish(understanding: Understanding) -> bool:
    return understanding.intent not in _NOT_A_WISH and understanding.confidence >= SUREST
