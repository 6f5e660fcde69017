"""Noise changes what it should, no more, and the same way each time."""

import pytest
from pypinyin import lazy_pinyin

from bot.nlu.report.noise import KINDS, noisy

# 23 Chinese characters: a tenth of them is two.
TEXT = "我家上个月水费交了200元，怎么还说欠费，帮我查一下户号1000000001"


def changed(kind: str) -> list[tuple[str, str]]:
    after = noisy(TEXT, kind)
    return [(a, b) for a, b in zip(TEXT, after, strict=True) if a != b]


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_noise(kind: str) -> None:
    assert noisy(TEXT, kind) == noisy(TEXT, kind) != TEXT
    assert len({noisy(TEXT, kind, seed) for seed in range(10)}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_figures_and_marks_stay(kind: str) -> None:
    after = noisy(TEXT, kind)
    assert "200" in after and "1000000001" in after and after.count("，") == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "200", "ok!", "水"])
def test_little_text_is_borne(kind: str, text: str) -> None:
    assert isinstance(noisy(text, kind), str)


def test_homophones_sound_the_same() -> None:
    pairs = changed("homophone")
    assert 1 <= len(pairs) <= 2
    assert all(lazy_pinyin(a) == lazy_pinyin(b) for a, b in pairs)


def test_near_sounds_do_not_sound_the_same() -> None:
    pairs = changed("near_sound")
    assert 1 <= len(pairs) <= 2
    assert all(lazy_pinyin(a) != lazy_pinyin(b) for a, b in pairs)


def test_a_wrong_word_sounds_like_the_right_one() -> None:
    assert lazy_pinyin(noisy("交水费", "wrong_word")) == lazy_pinyin("交水费")


def test_characters_are_dropped() -> None:
    assert len(noisy(TEXT, "dropped")) == len(TEXT) - 2


def test_characters_become_letters() -> None:
    assert any(character.islower() for character in noisy("帮我查水费", "pinyin"))
