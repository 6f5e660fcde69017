"""Bring a customer's text into one written form without losing the way back.

Pure: no Rasa, no model. Every character of the normalised text remembers where it
stood in the original, so that an entity found in the one can be shown in the other.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

KEPT_REPEATS = 2  # 「！！！！！」 → 「！！」: anger stays visible, its length does not matter
_WECHAT_EMOTICON = re.compile(r"\[[\u4e00-\u9fff]{1,4}\]")  # [抱拳]: WeChat's text codes
_SPACED_NUMBER = re.compile(
    r"(?<![0-9.])[0-9]{2,4}(?:(?: +|-)[0-9]{3,4})+(?: +[0-9]{1,2})?(?![0-9.])"
)
_INVISIBLE = frozenset("\u200b\u200c\u200d\ufeff\ufe0f\u2060")


@dataclass(frozen=True)
class NormalisedText:
    """``origins[i]`` is the index in the original of ``text[i]``."""

    text: str
    origins: tuple[int, ...]
    original_length: int

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that ``text[start:end]`` came from."""
        if start >= end:
            raise ValueError(f"empty span {start}:{end}")
        return self.origins[start], self.origins[end - 1] + 1


@cache
def _simplified() -> dict[str, str]:
    """Traditional to simplified, character by character (OpenCC's TSCharacters)."""
    table = files("opencc").joinpath("dictionary/TSCharacters.txt").read_text("utf-8")
    pairs = (line.split() for line in table.splitlines() if line.strip())
    return {pair[0]: pair[1] for pair in pairs if len(pair[0]) == 1 and len(pair[1]) == 1}


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk"} and ord(character) > 0x2000


def _written_form(character: str) -> str:
    """One character in its normal form; "" drops it. Never more than one character."""
    if character in _INVISIBLE:
        return ""
    if character.isspace() or _is_emoji(character):
        return " "
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) == 1:
        character = folded
    return _simplified().get(character, character)


def _dropped(text: str) -> set[int]:
    """Indices of emoticon codes and of blanks inside digit groups (138 1111 2222)."""
    gone: set[int] = set()
    for match in _SPACED_NUMBER.finditer(text):
        gone.update(at for at in range(*match.span()) if not text[at].isdigit())
    for match in _WECHAT_EMOTICON.finditer(text):
        gone.update(range(*match.span()))
    return gone


def _shorten_repeats(pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
    kept: list[tuple[str, int]] = []
    for character, group in groupby(pairs, key=lambda pair: pair[0]):
        run = list(group)
        if character == " ":
            run = run[:1]
        elif not character.isalnum():
            run = run[:KEPT_REPEATS]
        kept.extend(run)
    return kept


def normalise(original: str) -> NormalisedText:
    """Half width, simplified, lower-case-preserving text without emoji and excess marks."""
    written = "".join(_written_form(character) or "\u200b" for character in original)
    gone = _dropped(written)
    pairs = [
        (character, index)
        for index, character in enumerate(written)
        if index not in gone and character != "\u200b"
    ]
    pairs = _shorten_repeats(pairs)
    while pairs and pairs[0][0] == " ":
        pairs = pairs[1:]
    while pairs and pairs[-1][0] == " ":
        pairs = pairs[:-1]
    text = "".join(character for character, _ in pairs)
    return NormalisedText(text, tuple(index for _, index in pairs), len(original))
