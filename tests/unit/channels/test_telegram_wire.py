"""What python-telegram-bot writes, our reader reads; what is no update is refused."""

import datetime as dt

import pytest
import telegram as judge

from channels.telegram import reading
from channels.telegram.wire import NotUnderstood, parse

CHAT = judge.Chat(7001, "private")
WANG = judge.User(7001, "王", is_bot=False)
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def message(**content: object) -> judge.Message:
    return judge.Message(1, NOW, CHAT, from_user=WANG, **content)  # pyright: ignore


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"text": "水费多少"}, "水费多少"),
        ({"text": "😀 مرحبا"}, "😀 مرحبا"),
        ({"text": "/help@water_bot"}, "帮助"),
        (
            {"location": judge.Location(116.40739, 39.90421)},
            "我的位置：北纬39.90421，东经116.40739",
        ),
        ({"sticker": judge.Sticker("s", "u", 1, 1, False, False, "regular")}, None),
    ],
)
def test_messages(content: dict[str, object], said: str | None) -> None:
    update = parse(judge.Update(5, message=message(**content)).to_json().encode())
    assert update.update_id == 5 and update.message is not None
    assert reading.is_customers(update.message)
    assert reading.text_of(update.message) == said


def test_the_largest_photo_that_is_small_enough() -> None:
    sizes = [judge.PhotoSize(f"f{n}", "u", 1, 1, size) for n, size in enumerate((9, 900, 10**8))]
    update = parse(judge.Update(5, message=message(photo=sizes)).to_json().encode())
    assert update.message is not None and reading.photo_of(update.message) == "f1"


def test_a_press() -> None:
    press = judge.CallbackQuery("77", WANG, "1", message=message(text="选"), data="2.0")
    update = parse(judge.Update(6, callback_query=press).to_json().encode())
    assert update.callback_query is not None and update.callback_query.data == "2.0"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b'"x"', b'{"update_id": -1}', b'{"update_id": 1e400}', b"\xff",
        b'{"update_id": 1, "message": {"message_id": 1}}', b"[" * 100_000,
        b'{"update_id": 1, "message": {"message_id": 1, "chat": {"id": "x", "type": 5}}}',
    ],
)  # fmt: skip
def test_what_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        parse(body)
