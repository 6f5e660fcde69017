"""Copies with dropped characters, for training."""

from bot.nlu.noisy_copies import EVERY, with_dropped_characters

TEXTS = ["水费怎么突然这么多", "好的", "帮我查一下上个月的水费", "没有"] * 3


def test_a_copy_is_its_text_with_characters_missing() -> None:
    kept, copies = with_dropped_characters(TEXTS)
    assert kept and len(kept) == len(copies)
    for at, copy in zip(kept, copies, strict=True):
        assert at % EVERY == 0
        left = iter(TEXTS[at])
        assert len(copy) < len(TEXTS[at]) and all(character in left for character in copy)


def test_short_texts_are_left_whole() -> None:
    assert with_dropped_characters(["好的", "好的"]) == ([], [])


def test_the_copies_are_the_same_every_time() -> None:
    assert with_dropped_characters(TEXTS) == with_dropped_characters(TEXTS)
