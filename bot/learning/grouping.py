"""Put utterances that say much the same together, so that a person labels them at one glance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bot.nlu.sentence_encoder import encode

ALIKE = 0.6  # cosine of the sentence encoder: 我家漏水了 and 水管爆了 have 0.53

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass
class Unclear:
    """An anonymous utterance, how often it was said, and the likeliest intents."""

    text: str
    times: int
    guesses: tuple[str, ...]


@dataclass
class Group:
    """Utterances like the first one, which was said most often."""

    members: list[Unclear] = field(default_factory=list[Unclear])

    @property
    def times(self) -> int:
        return sum(member.times for member in self.members)


def grouped(unclear: Sequence[Unclear], encoder: Encoder = encode) -> list[Group]:
    """Groups, the most frequent first. Each utterance joins the first group that it is like."""
    ordered = sorted(unclear, key=lambda one: (-one.times, one.text))
    if not ordered:
        return []
    vectors = encoder([one.text for one in ordered])
    groups: list[Group] = []
    leaders: list[NDArray[np.float32]] = []
    for one, vector in zip(ordered, vectors, strict=True):
        likeness = [float(vector @ leader) for leader in leaders]
        best = int(np.argmax(likeness)) if likeness else -1
        if best >= 0 and likeness[best] >= ALIKE:
            groups[best].members.append(one)
        else:
            groups.append(Group([one]))
            leaders.append(vector)
    return sorted(groups, key=lambda group: -group.times)
