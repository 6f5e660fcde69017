"""Marks on a conversation, from what the customer said: an emergency, anger. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from channels.desk.labels import labels

ORDER = ("emergency", "anger")  # as they are shown, and as the queue is sorted


@dataclass(frozen=True)
class Mark:
    code: str
    title: str


def marks_of(texts: Iterable[str], reason: str | None = None) -> tuple[Mark, ...]:
    """The marks that these words earn; a complaint is marked as anger without any."""
    said = "\n".join(texts).lower()
    found = {code for code in ORDER if any(word in said for word in _words(code))}
    if reason == "complaint":
        found.add("anger")
    return tuple(Mark(code, labels()["marks"][code]["title"]) for code in ORDER if code in found)


def is_urgent(marks: Iterable[Mark]) -> bool:
    return any(mark.code == "emergency" for mark in marks)


def _words(code: str) -> list[str]:
    return [str(word).lower() for word in labels()["marks"][code]["words"]]
