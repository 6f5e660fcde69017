"""Words of the same sound fall together; pinyin in Latin letters too."""

import pytest

from bot.nlu.fuzzy_pinyin import cut_latin, syllables


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("水费", "水非"), ("缴费", "叫废"), ("四", "是"), ("蓝", "难"), ("停水", "听水")],
)
def test_homophones(right: str, wrong: str) -> None:
    assert syllables(right) == syllables(wrong)


def test_latin_letters_are_cut_into_the_same_syllables() -> None:
    assert syllables("shuifei duoshao") == syllables("水费多少")


def test_english_stays_whole() -> None:
    assert cut_latin("wifi") == ("wifi",)
