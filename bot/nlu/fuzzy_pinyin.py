"""Syllables as they sound in the south and come out of a pinyin keyboard.

水费 and 水非, 是 and 四, 蓝 and 难 fall together, so that a wrong character of the
right sound still matches. Text typed in Latin letters (「shuifei duoshao」) is cut into
the same syllables.
"""

import os
import re
from functools import cache, lru_cache

# Characters are read one by one: pypinyin's phrases would fill 40 MB for nothing.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")

from pypinyin import Style, lazy_pinyin, pinyin_dict

_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"), ("h", "f"))
_LATIN = re.compile(r"[a-zü]+")
LONGEST_SYLLABLE = 6  # zhuang, chuang, shuang


def fold(syllable: str) -> str:
    """One toneless syllable with confusable sounds folded together."""
    for sound, folded in _FOLDS:
        if syllable.startswith(sound):
            syllable = folded + syllable[len(sound) :]
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


@cache
def _syllable_of(character: str) -> str:
    """The commonest reading of one character, folded; the character itself if none."""
    return fold(lazy_pinyin(character, style=Style.NORMAL)[0])


@cache
def _known_syllables() -> frozenset[str]:
    common = (chr(code) for code in pinyin_dict.pinyin_dict if 0x4E00 <= code <= 0x9FFF)
    return frozenset(lazy_pinyin("".join(common), style=Style.NORMAL))


@lru_cache(maxsize=4096)
def cut_latin(letters: str) -> tuple[str, ...]:
    """Longest-match syllables of a run of Latin letters, or the run itself if it is none."""
    cut: list[str] = []
    at = 0
    while at < len(letters):
        for length in range(min(LONGEST_SYLLABLE, len(letters) - at), 0, -1):
            piece = letters[at : at + length]
            if piece in _known_syllables() and (length > 1 or piece in "aeo"):
                cut.append(piece)
                at += length
                break
        else:
            return (letters,)
    return tuple(cut)


def syllables(text: str) -> list[str]:
    """Folded syllables of ``text``, marks and blanks left out."""
    found: list[str] = []
    lowered = text.lower()
    at = 0
    while at < len(lowered):
        latin = _LATIN.match(lowered, at)
        if latin:
            found.extend(fold(piece) for piece in cut_latin(latin.group()))
            at = latin.end()
            continue
        if lowered[at].isalnum():
            found.append(_syllable_of(lowered[at]))
        at += 1
    return found
