"""What a check of a channel found, in plain words for the operator."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    good: bool
    sentence: str

    def __str__(self) -> str:
        return f"{'✓' if self.good else '✗'} {self.sentence}"


def good(sentence: str) -> Finding:
    return Finding(True, sentence)


def bad(sentence: str) -> Finding:
    return Finding(False, sentence)
