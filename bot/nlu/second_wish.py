"""Find a second wish in one message: 「帮我交水费，另外水表好像坏了」."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.nlu.intent_model import Understanding

_JOINT = re.compile(
    r"[，,。;；！!？?、 ]*(?:另外|还有就是|(?<=[，,。;；！!？?、 ])还有|顺便|再帮我|对了"
    r"|再就是|再一个|然后再|然后)[，, ]*"
    r"|[，,。;；！!？? ]+(?=(?:再|也|并且|同时)[^，,。]{2})"
)
SHORTEST_CLAUSE = 4  # characters; less is an afterthought, not a wish
SUREST = 0.6  # the later clause must stand this firmly on its own

# What can be put off until the first wish is done. Talk is not a wish.
_NOT_A_WISH = frozenset(
    "greet goodbye thanks affirm deny stop help bot_challenge inform out_of_scope".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class SecondWish:
    """The first clause's own intent and the later clause with its intent."""

    first: Understanding
    second: Understanding
    text: str


def find_second_wish(text: str, understand: Callable[[str], Understanding]) -> SecondWish | None:
    """The first later clause that surely is another wish than the clause before it."""
    for joint in _JOINT.finditer(text):
        before, after = text[: joint.start()], text[joint.end() :]
        if min(len(before), len(after)) < SHORTEST_CLAUSE:
            continue
        first, second = understand(before), understand(after)
        if _is_wish(first) and _is_wish(second) and first.intent != second.intent:
            return SecondWish(first, second, after)
    return None


def _is_wish(understanding: Understanding) -> bool:
    return understanding.intent not in _NOT_A_WISH and understanding.confidence >= SUREST
