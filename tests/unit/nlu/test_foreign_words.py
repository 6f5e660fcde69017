"""English words and codes of the trade, read in Chinese; pinyin stays what it is."""

import pytest

from bot.nlu.foreign_words import in_chinese


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("check下bill", "查下账单"),
        ("我的water pressure很低", "我的水 水压很低"),
        ("CX", "查水费"),
        ("jf ", "交水费"),
        ("Thank you啦", "谢谢啦"),
        ("checkbill", "checkbill"),
        ("wo yao cha shuifei", "wo yao cha shuifei"),
        ("wo ye xiang jiao", "wo ye xiang jiao"),
        ("A座cx单元", "A座cx单元"),
    ],
)
def test_words(said: str, read: str) -> None:
    assert in_chinese(said) == read
