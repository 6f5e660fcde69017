"""Replies and what each channel makes of them."""

import pytest

from channels.messages import Image, Link, Option, Reply
from channels.sms.render import Sms, segments
from channels.sms.render import render as sms
from channels.splitting import split, utf8_bytes, utf16_units
from channels.telegram.render import TelegramMessage, TelegramPhoto
from channels.telegram.render import render as telegram
from channels.web.render import render as web
from channels.wechat.render import render as wechat

TWO = (Option("立即缴费"), Option("稍后再说"))
LINK = Link("去缴费", "https://w.cn/p")
CHART = Image("https://w.cn/c.svg", "近 12 期用水")


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply("欠费 38.50 元"), "欠费 38.50 元"),
        (Reply("欠费 38.50 元", TWO), "欠费 38.50 元\n1 立即缴费  2 稍后再说，回数字"),
        (Reply("欠费", link=LINK), "欠费\nhttps://w.cn/p"),
        (Reply("用水", image=CHART), "用水"),
        (Reply("", image=CHART), "近 12 期用水"),
    ],
)
def test_sms(reply: Reply, text: str) -> None:
    assert sms(reply) == (Sms(text, (text,)),)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("水" * 70, [70]),
        ("水" * 71, [67, 4]),
        ("水" * 134, [67, 67]),
        ("水" * 135, [67, 67, 1]),
        ("水" * 66 + "😀" + "水" * 11, [66, 13]),
    ],
)
def test_sms_segments(text: str, units: list[int]) -> None:
    parts = segments(text)
    assert [utf16_units(part) for part in parts] == units
    assert "".join(parts) == text


def test_sms_over_the_providers_total_becomes_two_messages() -> None:
    messages = sms(Reply("水费。" * 200))
    assert [utf16_units(message.text) for message in messages] == [498, 102]


@pytest.mark.parametrize(
    ("reply", "texts"),
    [
        (Reply("欠费", TWO), ("欠费\n1 立即缴费  2 稍后再说，回数字",)),
        (
            Reply("欠费", (), LINK, CHART),
            ("欠费\n近 12 期用水 https://w.cn/c.svg\n去缴费 https://w.cn/p",),
        ),
    ],
)
def test_wechat(reply: Reply, texts: tuple[str, ...]) -> None:
    assert wechat(reply) == texts


def test_wechat_texts_fit_2048_bytes_and_end_with_sentences() -> None:
    texts = wechat(Reply("本期用水十五吨，共计三十八元五角。" * 100))
    assert len(texts) == 3 and all(utf8_bytes(text) <= 2048 for text in texts)
    assert all(text.endswith("。") for text in texts)


@pytest.mark.parametrize(
    ("reply", "messages"),
    [
        (Reply("欠费", TWO), (TelegramMessage("欠费", ("立即缴费", "稍后再说")),)),
        (Reply("欠费", (), LINK), (TelegramMessage("欠费", link=("去缴费", "https://w.cn/p")),)),
        (
            Reply("欠费", TWO, LINK),
            (TelegramMessage("欠费", ("立即缴费", "稍后再说"), ("去缴费", "https://w.cn/p")),),
        ),
        (
            Reply("用水", image=CHART, link=Link("看", "http://127.0.0.1/p")),
            (
                TelegramPhoto("https://w.cn/c.svg", "近 12 期用水"),
                TelegramMessage("用水\n看 http://127.0.0.1/p"),
            ),
        ),
        (
            Reply("水" * 5000, TWO),
            (TelegramMessage("水" * 4096), TelegramMessage("水" * 904, ("立即缴费", "稍后再说"))),
        ),
    ],
)
def test_telegram(reply: Reply, messages: tuple[TelegramPhoto | TelegramMessage, ...]) -> None:
    assert telegram(reply) == messages


def test_web() -> None:
    assert web(Reply("欠费", TWO, LINK, CHART)) == {
        "text": "欠费",
        "options": ["立即缴费", "稍后再说"],
        "link": {"title": "去缴费", "url": "https://w.cn/p"},
        "image": {"url": "https://w.cn/c.svg", "description": "近 12 期用水"},
    }


def test_splitting_cuts_where_a_reader_pauses_and_never_an_emoji() -> None:
    assert split("一二三。四五六，七八九", 6) == ["一二三。", "四五六，", "七八九"]
    assert split("😀😀😀", 3, utf16_units) == ["😀", "😀", "😀"]
    assert split("   ", 5) == []
