"""Texts as people mistype them and recognisers mishear them, made by code with a fixed seed.

Every kind changes a tenth of the Chinese characters, one at least, and nothing else:
figures, letters and marks stay. Wrong characters and words are drawn by how common they
are in jieba's word list, as a pinyin keyboard offers the common ones first.
"""

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

import jieba
from pypinyin import lazy_pinyin

SHARE = 0.1
SEED = 7
COMMON = 50  # occurrences in jieba's list from which a word is one people type
LONGEST_WORD = 3
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Sounds that many speakers do not tell apart: zh/z ch/c sh/s, n/l, f/h, r/l, and -ng/-n.
_NEAR_STARTS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"))

Change = Callable[[str, random.Random], str]
Choices = Mapping[str, list[tuple[str, int]]]


def noisy(text: str, kind: str, seed: int = SEED) -> str:
    """``text`` with noise of one of ``KINDS``; the same for the same text and seed."""
    chance = random.Random(f"{seed}{kind}{text}")  # noqa: S311
    return KINDS[kind](text, chance)


def _by_character(change: Callable[[str, random.Random], str]) -> Change:
    def changed(text: str, chance: random.Random) -> str:
        places = [found.start() for found in _CHINESE.finditer(text)]
        chosen = chance.sample(places, min(len(places), max(1, round(SHARE * len(places)))))
        return "".join(
            change(character, chance) if at in chosen else character
            for at, character in enumerate(text)
        )

    return changed


def _homophone(character: str, chance: random.Random) -> str:
    return _drawn(_words(1)[_sound(character)], character, chance)


def _near_sound(character: str, chance: random.Random) -> str:
    sounds = [sound for sound in _near_sounds(_sound(character)) if sound in _words(1)]
    return _drawn(_words(1)[chance.choice(sounds)], character, chance) if sounds else character


def _wrong_word(text: str, chance: random.Random) -> str:
    """One word after the other becomes another of the same sound, until a tenth is changed."""
    words = list(jieba.cut(text))
    order = [at for at, word in enumerate(words) if _CHINESE.fullmatch(word[0])]
    chance.shuffle(order)
    left = max(1, round(SHARE * len(_CHINESE.findall(text))))
    for at in order:
        others = _words(len(words[at])).get(_sound(words[at]), [])
        other = _drawn(others, words[at], chance)
        if other != words[at]:
            words[at], left = other, left - len(other)
        if left <= 0:
            break
    return "".join(words)


def _drawn(choices: list[tuple[str, int]], but: str, chance: random.Random) -> str:
    others = [choice for choice in choices if choice[0] != but]
    if not others:
        return but
    names, weights = zip(*others, strict=True)
    return chance.choices(names, weights)[0]


def _sound(word: str) -> str:
    return " ".join(lazy_pinyin(word))


def _near_sounds(sound: str) -> list[str]:
    near: list[str] = []
    for one, other in _NEAR_STARTS:
        if sound.startswith(one):
            near.append(other + sound[len(one) :])
        elif sound.startswith(other):
            near.append(one + sound[len(other) :])
    near.append(sound[:-1] if sound.endswith("ng") else f"{sound}g" if sound[-1] == "n" else "")
    return near


@cache
def _words(length: int) -> Choices:
    """Common words of so many characters by their sound, with how often they occur."""
    found: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    if length > LONGEST_WORD:
        return found
    for line in files("jieba").joinpath("dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        if len(word) == length and int(count) >= COMMON and all(map(_CHINESE.match, word)):
            found[_sound(word)].append((word, int(count)))
    return found


KINDS: Mapping[str, Change] = {
    "homophone": _by_character(_homophone),
    "wrong_word": _wrong_word,
    "near_sound": _by_character(_near_sound),
    "dropped": _by_character(lambda character, chance: ""),
    "pinyin": _by_character(lambda character, chance: _sound(character)),
}
