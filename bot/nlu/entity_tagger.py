"""A character CRF that marks where entities begin and end, by what stands around them.

It knows the manner in which people speak of a place or a period; what is a number and
where it ends, ``number_spans`` knows better.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from bot.nlu.number_spans import number_spans

MODEL_FILE = "entities.crfsuite"
_TRAINING = {
    "c1": 0.1,
    "c2": 0.05,
    "max_iterations": 45,
    "feature.minfreq": 2,
    "feature.possible_transitions": False,
}
KEPT_OF_BARE = 3  # every third example without an entity; all of them took twice as long
_PLACE_ENDS = frozenset("路街巷弄村镇乡区园里苑庭府城楼栋幢座室号单元桥口门场店校院厦")
_TIME_WORDS = frozenset("年月日号天周期季度早晚午点分半今昨明上下前后去")


@dataclass(frozen=True)
class Span:
    """``text[start:end]`` is an entity of this kind."""

    kind: str
    start: int
    end: int


def _shape(character: str) -> str:
    if character.isdigit() and character.isascii():
        return "9"
    if character.isascii() and character.isalpha():
        return "a"
    if character in "零一二两三四五六七八九十百千万几半幺":
        return "n"
    if character in _PLACE_ENDS:
        return "p"
    if character in _TIME_WORDS:
        return "t"
    return "x" if character.isalnum() else "."


def character_features(text: str) -> list[list[str]]:
    """One list of features a character: neighbours, their shapes, number classes."""
    padded = "^^" + text.lower() + "$$"
    shapes = "".join(_shape(character) for character in padded)
    numbers = _number_marks(text)
    rows: list[list[str]] = []
    for at in range(2, len(text) + 2):
        rows.append(
            [
                "b",
                "0=" + padded[at],
                "-1=" + padded[at - 1],
                "+1=" + padded[at + 1],
                "-2=" + padded[at - 2],
                "+2=" + padded[at + 2],
                "-10=" + padded[at - 1 : at + 1],
                "01=" + padded[at : at + 2],
                "-21=" + padded[at - 2 : at],
                "12=" + padded[at + 1 : at + 3],
                "-101=" + padded[at - 1 : at + 2],
                "s=" + shapes[at - 2 : at + 3],
                "s1=" + shapes[at - 1 : at + 2],
                *numbers[at - 2],
            ]
        )
    return rows


def _number_marks(text: str) -> list[list[str]]:
    """For characters in a number: its class and the words before and after the whole of it."""
    marks: list[list[str]] = [[] for _ in text]
    for start, end, kind in number_spans(text):
        around = ["k=" + kind, "kb=" + kind + text[max(0, start - 2) : start]]
        around.append("ka=" + kind + text[end : end + 2])
        around.append(
            "kw=" + kind + ("^" if start == 0 else "") + ("$" if end == len(text) else "")
        )
        for at in range(start, end):
            marks[at] = around
    return marks


def _labels(length: int, spans: Sequence[Span]) -> list[str]:
    labels = ["O"] * length
    for span in spans:
        labels[span.start : span.end] = [f"I-{span.kind}"] * (span.end - span.start)
        labels[span.start] = f"B-{span.kind}"
    return labels


class EntityTagger:
    """Opened from a file; tags one normalised text at a time."""

    def __init__(self, path: Path) -> None:
        self._tagger = pycrfsuite.Tagger()  # pyright: ignore[reportAttributeAccessIssue]: C extension
        self._tagger.open(str(path))

    @staticmethod
    def learn(examples: Sequence[tuple[str, Sequence[Span]]], path: Path) -> None:
        """Train on marked texts and write the model to ``path``. Deterministic (L-BFGS)."""
        new = pycrfsuite.Trainer  # pyright: ignore[reportAttributeAccessIssue]: C extension
        trainer = new(algorithm="lbfgs", params=_TRAINING, verbose=False)
        bare = [text for text, spans in examples if not spans]
        left_out = set(bare) - set(bare[::KEPT_OF_BARE])
        for text, spans in examples:
            if text and not (text in left_out and not spans):
                trainer.append(character_features(text), _labels(len(text), spans))
        trainer.train(str(path))

    def tag(self, text: str) -> list[Span]:
        """Entities of ``text``, left to right, never overlapping."""
        if not text:
            return []
        spans: list[Span] = []
        for at, label in enumerate(self._tagger.tag(character_features(text))):
            mark, _, kind = label.partition("-")
            continues = mark == "I" and spans and spans[-1].end == at and spans[-1].kind == kind
            if continues:
                spans[-1] = Span(kind, spans[-1].start, at + 1)
            elif mark != "O":
                spans.append(Span(kind, at, at + 1))
        return [_without_marks(text, span) for span in spans]


def _without_marks(text: str, span: Span) -> Span:
    """Leave blanks and punctuation at the ends outside."""
    words = text[span.start : span.end]
    front = len(words) - len(re.sub(r"^[\s，,。.;；:：、]+", "", words))
    back = len(words) - len(re.sub(r"[\s，,。;；:：、!！?？]+$", "", words))
    if front + back >= len(words):
        return span
    return Span(span.kind, span.start + front, span.end - back)
