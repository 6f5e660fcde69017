"""Copies of the examples as people mistype them, for training."""

import random
from collections.abc import Sequence

SEED = 20261125
DROPPED = 0.12  # of the Chinese characters, one at least
EVERY = 2  # example is copied: the encoder is what training waits for
SHORTEST = 3  # Chinese characters; a shorter text without one of them says something else


def with_dropped_characters(texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """Which texts could be shortened, and what is left of each. Deterministic."""
    chance = random.Random(SEED)  # noqa: S311
    kept: list[int] = []
    copies: list[str] = []
    for at, text in list(enumerate(texts))[::EVERY]:
        places = [place for place, character in enumerate(text) if "一" <= character <= "鿿"]
        if len(places) < SHORTEST:
            continue
        gone = set(chance.sample(places, max(1, round(DROPPED * len(places)))))
        kept.append(at)
        copies.append("".join(c for place, c in enumerate(text) if place not in gone))
    return kept, copies
