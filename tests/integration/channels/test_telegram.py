"""Telegram's door against a fake Bot API that checks what Telegram checks."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import telegram as judge
from aiohttp import web
from aiohttp.test_utils import TestClient

from channels.database import Pool
from channels.messages import Image, Link, Option, Reply
from channels.push import push
from channels.telegram import check
from channels.telegram.door import TelegramDoor
from channels.telegram.settings import TelegramSettings
from channels.turns import Turn
from tests.fakes.bot_api import TOKEN, FakeBotApi, Refused
from tests.fakes.serving import served
from tests.integration.channels.conversing import rows
from tests.integration.channels.gateway_of import ORIGIN, answer_all, gateway_with, until, working

pytestmark = pytest.mark.integration
WANG = 7_001
GIF = b"GIF89a"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Telegram:
    api: FakeBotApi
    client: TestClient
    settings: TelegramSettings

    async def send(self, update: dict[str, Any], secret: str | None = None) -> int:
        header = {"X-Telegram-Bot-Api-Secret-Token": secret or self.settings.secret}
        answer = await self.client.post("/telegram/webhook", json=update, headers=header)
        return answer.status

    async def say(self, text: str) -> int:
        return await self.send(self.api.update(message=self.api.message(WANG, text=text)))

    def shown(self) -> list[dict[str, Any]]:
        return self.api.messages.get(WANG, [])

    def texts(self) -> list[str]:
        return [message.get("text", "") for message in self.shown()]


@pytest.fixture
async def telegram(database_url: str, tmp_path: Path) -> AsyncIterator[Telegram]:
    api = FakeBotApi()
    async with served(api.application()) as url:
        settings = TelegramSettings(TOKEN, url)
        door = lambda around: TelegramDoor(settings, around)  # noqa: E731
        async with gateway_with(database_url, tmp_path, door) as client:
            yield Telegram(api, client, settings)


async def test_a_customer_is_answered(telegram: Telegram, pool: Pool) -> None:
    async with working(pool):
        assert await telegram.say("水费多少") == 200
        await until(telegram.texts)
    assert telegram.texts() == ["您说：水费多少"]
    sent = await rows(pool, "SELECT state, vendor_id FROM channels.outbox")
    assert sent == [("sent", str(telegram.shown()[0]["message_id"]))]


async def test_a_repeated_update_is_answered_once(telegram: Telegram, pool: Pool) -> None:
    update = telegram.api.update(message=telegram.api.message(WANG, text="水费多少"))
    statuses = await asyncio.gather(*(telegram.send(update) for _ in range(5)))
    assert statuses == [200] * 5
    assert await answer_all(pool) == 1


@pytest.mark.parametrize("secret", ["wrong", "x" * 64, "秘密"])
async def test_without_the_secret_nothing_gets_in(
    telegram: Telegram, pool: Pool, secret: str
) -> None:
    update = telegram.api.update(message=telegram.api.message(WANG, text="水费多少"))
    assert await telegram.send(update, secret.encode().decode("latin-1")) == 403
    assert await rows(pool, "SELECT * FROM channels.inbox") == []


async def test_a_pressed_button_says_its_title_and_is_pressed_once(
    telegram: Telegram, pool: Pool
) -> None:
    long = "我家一直用自动扣款，但是这个月的账单为什么还是没有扣成功，请帮我查一查"

    def offering(turn: Turn) -> list[Reply]:
        options = (Option("查账单"), Option(long)) if turn.said == "你好" else ()
        return [Reply(f"您说：{turn.said}", options)]

    async with working(pool, offering):
        await telegram.say("你好")
        await until(telegram.shown)
        assert await telegram.send(telegram.api.press(WANG, long)) == 200
        await until(lambda: len(telegram.shown()) == 2)
        await until(lambda: not telegram.api.open_presses)
        chosen = await until(
            lambda: [row for row in telegram.shown()[0]["reply_markup"]["inline_keyboard"]
                     if row[0]["text"].startswith("✓")]
        )  # fmt: skip
    assert telegram.texts()[1] == f"您说：{long}"
    assert chosen == [[{"text": f"✓ {long}", "callback_data": "-"}]]
    said = await rows(pool, "SELECT text FROM channels.inbox ORDER BY seq")
    assert said == [("你好",), (long,)]


@pytest.mark.parametrize("data", ["1.0", "999.0", "2.7", "2.0;DROP", "说", "-", ""])
async def test_a_forged_button_says_nothing(telegram: Telegram, pool: Pool, data: str) -> None:
    await push(pool, Reply("选吧", (Option("查账单"),)), "a", channel="telegram", channel_user="9")
    await telegram.say("你好")
    stranger = {"message_id": 1, "chat": {"id": WANG, "type": "private"}}
    assert await telegram.send(telegram.api.press_of(WANG, stranger, data)) == 200
    assert await rows(pool, "SELECT text FROM channels.inbox") == [("你好",)]


async def test_edits_photos_places_commands(telegram: Telegram, pool: Pool) -> None:
    api = telegram.api
    venue = {"title": "和平里小区", "address": "和平路 5 号", "location": {}}
    place = {"latitude": 39.90421, "longitude": 116.40739}
    await telegram.send(api.update(edited_message=api.message(WANG, text="查上月水费")))
    await telegram.send(api.update(message=api.message(WANG, location=place)))
    await telegram.send(api.update(message=api.message(WANG, location=place, venue=venue)))
    await telegram.send(api.update(edited_message=api.message(WANG, location=place)))
    await telegram.send(api.update(message=api.message(WANG, text="/start bill")))
    await telegram.send(api.photo(WANG, PNG, caption="水表"))
    kept = await rows(pool, "SELECT kind, text FROM channels.inbox ORDER BY seq")
    assert kept == [
        ("text", "查上月水费"),
        ("location", "我的位置：北纬39.90421，东经116.40739"),
        ("location", "我的位置：和平路 5 号 和平里小区"),
        ("text", "你好"),
        ("photo", "水表"),
    ]
    photos = await rows(pool, "SELECT payload -> 'attachments' FROM channels.inbox ORDER BY seq")
    assert str(photos[-1][0]).count(".png") == 1


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        ({"sticker": {"file_id": "s"}}, "这种消息我还看不懂，请用文字告诉我，或发一张照片。"),
        ({"voice": {"file_id": "v"}}, "这段语音没能听清，请打字告诉我。"),
    ],
)
async def test_what_the_bot_cannot_be_given_is_answered_too(
    telegram: Telegram, content: dict[str, Any], answer: str
) -> None:
    await telegram.send(telegram.api.update(message=telegram.api.message(WANG, **content)))
    await until(telegram.texts)
    assert telegram.texts() == [answer]


async def test_a_photo_that_is_none_or_lost_is_asked_for_again(
    telegram: Telegram, pool: Pool
) -> None:
    await telegram.send(telegram.api.photo(WANG, GIF))
    lost = telegram.api.photo(WANG, PNG, caption="这里漏水")
    telegram.api.files.clear()
    await telegram.send(lost)
    await until(lambda: len(telegram.texts()) == 2)
    assert telegram.texts() == ["照片没有收到，请再发一次。"] * 2
    assert await rows(pool, "SELECT kind, text FROM channels.inbox") == [("text", "这里漏水")]


async def test_groups_and_other_bots_are_left_alone(telegram: Telegram, pool: Pool) -> None:
    in_group = telegram.api.message(WANG, text="水费")
    in_group["chat"] = {"id": -100, "type": "supergroup", "title": "业主群"}
    of_bot = telegram.api.message(WANG, text="水费")
    of_bot["from"] = {**of_bot["from"], "is_bot": True}
    for message in (in_group, of_bot):
        assert await telegram.send(telegram.api.update(message=message)) == 200
    assert await rows(pool, "SELECT * FROM channels.inbox") == []


async def test_a_429_is_waited_out_and_the_answer_sent_once(telegram: Telegram, pool: Pool) -> None:
    telegram.api.trouble = [Refused(429, "Too Many Requests: retry after 1", retry_after=1)]
    async with working(pool):
        await telegram.say("你好")
        await until(telegram.texts)
        await asyncio.sleep(0.2)
    assert telegram.texts() == ["您说：你好"]
    attempts = await rows(pool, "SELECT attempts FROM channels.outbox")
    assert attempts == [(1,)], "a pause that was asked for is no failed attempt"


@pytest.mark.parametrize("status", [500, 502])
async def test_a_server_that_fails_is_tried_again(
    telegram: Telegram, pool: Pool, status: int
) -> None:
    telegram.api.trouble = [web.Response(status=status, text="<html>Bad Gateway</html>")]
    async with working(pool):
        await telegram.say("你好")
        await until(telegram.texts)
    assert telegram.texts() == ["您说：你好"]


async def test_a_customer_who_blocked_the_bot_is_not_tried_again(
    telegram: Telegram, pool: Pool
) -> None:
    await telegram.say("你好")
    telegram.api.blocked.add(WANG)
    await answer_all(pool)
    failed = await until(lambda: rows(pool, "SELECT last_error FROM channels.outbox "
                                            "WHERE state = 'failed'"))  # fmt: skip
    assert "blocked by the user" in str(failed[0][0])


async def test_links_pictures_and_long_texts_pass_telegrams_checks(
    telegram: Telegram, pool: Pool
) -> None:
    telegram.api.started.add(WANG)
    for number, reply in enumerate(
        [
            Reply("去付款", (Option("好"),), Link("付款", "https://w.cn/p")),
            Reply("去付款", (), Link("付款", "http://127.0.0.1:8080/p")),
            Reply("用水", (), None, Image("https://w.cn/c.png", "近 12 期")),
            Reply("用水", (), None, Image("http://127.0.0.1:8080/c.png", "近 12 期")),
            Reply("😀" * 3000),
        ]
    ):
        await push(pool, reply, f"p{number}", channel="telegram", channel_user=str(WANG))
    await until(lambda: len(telegram.shown()) == 8)
    assert telegram.texts() == [
        "去付款", "去付款\n付款 http://127.0.0.1:8080/p", "", "用水",
        "近 12 期 http://127.0.0.1:8080/c.png", "用水", "😀" * 2048, "😀" * 952,
    ]  # fmt: skip


async def test_a_flood_is_turned_away_and_told_of_once(telegram: Telegram, pool: Pool) -> None:
    for number in range(25):
        assert await telegram.say(f"{number}") == 200
    stored = await rows(pool, "SELECT count(*) FROM channels.inbox")
    assert 10 <= int(str(stored[0][0])) <= 12
    await until(telegram.texts)
    assert set(telegram.texts()) == {"您发得有点快，请过几秒再发。"}


async def test_check_and_connect_say_what_is_wrong(telegram: Telegram) -> None:
    async def said(settings: TelegramSettings) -> list[str]:
        return [str(finding) for finding in await check.check(settings, ORIGIN)]

    settings = telegram.settings
    assert "回调还没有登记" in (await said(settings))[1]
    assert all(one.good for one in await check.connect(settings, ORIGIN))
    assert telegram.api.webhook["secret_token"] == settings.secret
    assert [line[0] for line in await said(settings)] == ["✓", "✓"]
    wrong = TelegramSettings("1234:" + "b" * 30, settings.api_url)
    assert "令牌无效" in (await said(wrong))[0]
    assert "连不上" in (await said(TelegramSettings(TOKEN, "http://127.0.0.1:9")))[0]


async def test_an_independent_client_agrees_with_the_fake(telegram: Telegram) -> None:
    """python-telegram-bot talks to the same server, and reads what it pushes and answers."""
    url = telegram.settings.api_url
    async with judge.Bot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as bot:
        assert bot.username == "water_bot"
        update = telegram.api.photo(WANG, PNG, caption="水表")
        read = judge.Update.de_json(update, bot)
        assert read.message is not None and read.message.caption == "水表"
        file = await read.message.photo[-1].get_file()
        assert bytes(await file.download_as_bytearray()) == PNG
        markup = judge.InlineKeyboardMarkup(
            [[judge.InlineKeyboardButton("查账单", callback_data="2.0")]]
        )
        sent = await bot.send_message(WANG, "选吧", reply_markup=markup)
        assert sent.reply_markup == markup
        pressed = judge.Update.de_json(telegram.api.press(WANG, "查账单"), bot)
        assert pressed.callback_query is not None and await pressed.callback_query.answer()
        with pytest.raises(judge.error.BadRequest, match="too long"):
            await bot.send_message(WANG, "水" * 4097)
        telegram.api.trouble = [Refused(429, "Too Many Requests", retry_after=3)]
        with pytest.raises(judge.error.RetryAfter):
            await bot.send_message(WANG, "快")
