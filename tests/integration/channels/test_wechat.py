"""WeChat's door against a fake platform that drops what is slow and counts what is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from channels.database import Pool, open_pool
from channels.messages import Option, Reply
from channels.ownership import take_over
from channels.push import Subject, push
from channels.wechat import allowance, check
from channels.wechat import door as doors
from channels.wechat.client import WeChatApi
from channels.wechat.door import WeChatDoor
from channels.wechat.settings import WeChatSettings
from tests.fakes.serving import served
from tests.fakes.wechat import AES_KEY, APP_ID, FAULT, SECRET, TOKEN, FakeWeChat, sealed, signature
from tests.integration.channels.conversing import rows
from tests.integration.channels.gateway_of import answer_all, gateway_with, until, working
from tests.integration.channels.test_telegram import PNG

pytestmark = pytest.mark.integration
WANG = "oABCDEFGHIJKLMNOPQRSTUVWX123"
DUE = "UPDATE channels.outbox SET next_attempt_at = now() WHERE state = 'waiting' RETURNING 1"


@dataclass
class WeChat:
    fake: FakeWeChat
    client: TestClient
    settings: WeChatSettings

    @property
    def url(self) -> str:
        return str(self.client.make_url("/wechat/callback"))

    async def push(self, xml: str, **how: Any) -> str | None:
        key = self.settings.aes_keys[0] if self.settings.aes_keys else None
        return await self.fake.push(self.url, xml, key=key, **how)

    async def say(self, text: str, **how: Any) -> str | None:
        return await self.push(self.fake.text(WANG, text), **how)

    def seen(self) -> list[str]:
        return self.fake.seen.get(WANG, [])


@asynccontextmanager
async def opened(database_url: str, folder: Path, **changes: Any) -> AsyncIterator[WeChat]:
    fake = FakeWeChat(customer_service=changes.get("customer_service", True))
    async with served(fake.application()) as url:
        settings = WeChatSettings(APP_ID, SECRET, TOKEN, (AES_KEY,), api_url=url)
        settings = replace(settings, **changes)
        make = lambda around: WeChatDoor(settings, around)  # noqa: E731
        async with gateway_with(database_url, folder, make) as client:
            yield WeChat(fake, client, settings)


@pytest.fixture
async def wechat(database_url: str, tmp_path: Path) -> AsyncIterator[WeChat]:
    async with opened(database_url, tmp_path) as wechat:
        yield wechat


async def test_the_address_is_verified(wechat: WeChat) -> None:
    query, _ = sealed("", None)
    answer = await wechat.client.get("/wechat/callback", params={**query, "echostr": "63759"})
    assert (answer.status, await answer.text()) == (200, "63759")
    for change in ({"signature": "0" * 40}, {"timestamp": "1"}, {"nonce": ""}):
        wrong = {**query, **change, "echostr": "63759"}
        answer = await wechat.client.get("/wechat/callback", params=wrong)
        assert (answer.status, await answer.text()) == (403, "")


@pytest.mark.parametrize("keys", [(), (AES_KEY,)])
async def test_a_quick_answer_goes_out_in_the_request(
    database_url: str, tmp_path: Path, pool: Pool, keys: tuple[str, ...]
) -> None:
    async with opened(database_url, tmp_path, aes_keys=keys) as wechat, working(pool):
        assert await wechat.say("水费多少 ]]> 😀") == "您说：水费多少 ]]> 😀"
        await asyncio.sleep(1.2)
        assert wechat.seen() == ["您说：水费多少 ]]> 😀"], "and not once more by the delivery"
    assert await rows(pool, "SELECT state FROM channels.outbox") == [("sent",)]


async def test_several_replies_become_one_text_as_far_as_they_fit(
    wechat: WeChat, pool: Pool
) -> None:
    answers = [Reply("账单如下。", (Option("交水费"),)), Reply("水" * 600), Reply("水" * 300)]
    async with working(pool, lambda _: answers):
        first = await wechat.say("查水费")
        assert first == "账单如下。\n1 交水费，回数字\n\n" + "水" * 600
        await until(lambda: len(wechat.seen()) == 2)
    assert wechat.seen()[1] == "水" * 300
    assert wechat.fake.sends[WANG] == 1


async def test_a_slow_answer_comes_by_customer_service_once(
    wechat: WeChat, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.3)
    assert await wechat.say("查水费") is None, "'success', and nothing shown yet"
    await answer_all(pool)
    await until(wechat.seen)
    assert wechat.seen() == ["您说：查水费"]
    assert await allowance.left(pool, WANG) == 4


async def test_three_deliveries_of_one_message_are_one_turn_and_one_answer(
    wechat: WeChat, pool: Pool
) -> None:
    """Our answer is lost twice on its way: WeChat asks again and gets the same."""
    xml = wechat.fake.text(WANG, "查水费")
    turns = 0

    def counting(turn: Any) -> list[Reply]:
        nonlocal turns
        turns += 1
        return [Reply(f"第{turns}次")]

    async with working(pool, counting):
        shown = [await wechat.push(xml) for _ in range(3)]
    assert (shown, turns) == (["第1次"] * 3, 1)
    assert wechat.fake.sends[WANG] == 0


async def test_deliveries_side_by_side_are_one_turn(wechat: WeChat, pool: Pool) -> None:
    xml = wechat.fake.text(WANG, "查水费")
    async with working(pool):
        shown = await asyncio.gather(*(wechat.push(xml) for _ in range(5)))
    assert set(shown) == {"您说：查水费"}
    assert len(await rows(pool, "SELECT * FROM channels.outbox")) == 1


async def test_an_account_without_customer_service_uses_wechats_repeats(
    database_url: str, tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.25)
    monkeypatch.setattr(doors, "REPEAT_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(doors, "ALL_REPEATS_SECONDS", 1.5)
    async with opened(database_url, tmp_path, customer_service=False) as wechat:
        asked = asyncio.create_task(wechat.say("查水费", seconds=0.5))
        await asyncio.sleep(0.7)
        await answer_all(pool)
        assert await asked == "您说：查水费", "on the second delivery"
        assert await wechat.say("再查", seconds=0.5) == (
            "还在查，请过几秒再发任意一句话，就能看到结果。"
        )
        await answer_all(pool)
        await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'postponed'"))
        async with working(pool):
            assert await wechat.say("好了吗", seconds=2) == "您说：再查\n\n您说：好了吗"


async def test_the_budget_is_kept_and_what_is_over_waits_for_the_customer(
    wechat: WeChat, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.3)
    await wechat.say("查水费")
    async with working(pool, lambda _: [Reply(f"第{n}条") for n in range(7)]):
        await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'postponed' "
                                       "OFFSET 1"))  # fmt: skip
    assert sorted(wechat.seen()) == [f"第{n}条" for n in range(5)]
    assert await allowance.left(pool, WANG) == 0
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 4.0)
    async with working(pool):
        assert await wechat.say("继续") == "第5条\n\n第6条\n\n您说：继续"


async def test_wechats_own_count_is_believed(
    wechat: WeChat, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.3)
    await wechat.say("查水费")
    wechat.fake.left[WANG] = 0
    await answer_all(pool)
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'postponed'"))
    assert await allowance.left(pool, WANG) == 0


async def test_a_token_that_expires_in_the_middle_is_renewed_once(
    wechat: WeChat, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.2)
    for number in range(2):
        await wechat.say(f"问{number}")
        await answer_all(pool)
        await until(lambda expected=number + 1: len(wechat.seen()) == expected)
        wechat.fake.expire_token()
    assert wechat.seen() == ["您说：问0", "您说：问1"]
    assert wechat.fake.token_calls == 2


async def test_a_token_that_stays_refused_ends_after_one_more_try(wechat: WeChat) -> None:
    wechat.fake.trouble = [40001] * 10
    api = WeChatApi(wechat.settings, None)
    with pytest.raises(Exception, match="40001"):
        await api.call("/cgi-bin/menu/get")
    await api.close()
    assert wechat.fake.token_calls == 2


async def test_many_processes_fetch_one_token(wechat: WeChat, database_url: str) -> None:
    """Each with connections of its own, as processes have; before and after it fails."""
    pools = [await open_pool(database_url, max_size=2) for _ in range(6)]
    apis = [WeChatApi(wechat.settings, pool) for pool in pools]
    tokens = await asyncio.gather(*(api.tokens.token() for api in apis for _ in range(4)))
    assert len(set(tokens)) == 1 and wechat.fake.token_calls == 1
    wechat.fake.expire_token()
    renewed = await asyncio.gather(*(api.tokens.renew(tokens[0]) for api in apis))
    assert len(set(renewed)) == 1 and wechat.fake.token_calls == 2
    for api, pool in zip(apis, pools, strict=True):
        await api.close()
        await pool.close()


@pytest.mark.parametrize("trouble", [-1, 45011, web.Response(status=502, text="<html>")])
async def test_a_platform_that_fails_is_tried_again(
    wechat: WeChat, pool: Pool, monkeypatch: pytest.MonkeyPatch, trouble: int | web.Response
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.2)
    await wechat.say("查水费")
    wechat.fake.trouble = [trouble]
    await answer_all(pool)
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE last_error IS NOT NULL"))
    await rows(pool, DUE)
    await until(wechat.seen)
    assert wechat.seen() == ["您说：查水费"]


async def test_photos_places_voice_and_taps(wechat: WeChat, pool: Pool) -> None:
    wechat.fake.media["m1"] = PNG
    xml = wechat.fake.xml
    async with working(pool):
        assert await wechat.push(
            xml(WANG, MsgType="image", PicUrl="http://x", MediaId="m1", MsgId=1)
        )
        assert await wechat.push(
            xml(WANG, MsgType="voice", MediaId="m2", Recognition="查水费", MsgId=2)
        ) == "您说：查水费"  # fmt: skip
        assert await wechat.push(xml(WANG, MsgType="voice", MediaId="m2", MsgId=3)) == (
            "这段语音没能听清，请打字告诉我。"
        )
        assert await wechat.push(
            xml(WANG, MsgType="image", PicUrl="http://x", MediaId="gone", MsgId=4)
        ) == "照片没有收到，请再发一次。"  # fmt: skip
        assert await wechat.push(wechat.fake.event(WANG, "CLICK", EventKey="交水费")) == (
            "您说：交水费"
        )
        assert await wechat.push(wechat.fake.event(WANG, "subscribe")) == "您说：你好"
        assert await wechat.push(wechat.fake.event(WANG, "VIEW", EventKey="https://w.cn")) is None
    kept = await rows(pool, "SELECT kind, text, payload -> 'attachments' FROM channels.inbox "
                            "WHERE kind = 'photo'")  # fmt: skip
    assert len(kept) == 1 and str(kept[0][2]).count(".png") == 1


async def test_while_a_person_answers_nothing_is_waited_for(wechat: WeChat, pool: Pool) -> None:
    async with working(pool):
        await wechat.say("转人工")
    conversation = str(
        (await rows(pool, "SELECT conversation_id FROM channels.conversation"))[0][0]
    )
    await take_over(pool, conversation, "agent", None)
    async with asyncio.timeout(2):
        assert await wechat.say("在吗") is None
    agents = Reply("在的，请讲。", author="agent", name="小李")
    await push(pool, agents, "a1", conversation_id=conversation)
    await until(lambda: "在的，请讲。" in "".join(wechat.seen()))


async def test_outside_the_window_a_notice_goes_by_template_or_is_refused(
    database_url: str, tmp_path: Path, pool: Pool
) -> None:
    file = tmp_path / "templates.yml"
    file.write_text(
        "bill_issued: {template_id: bill-template, data: {amount1: '{total_yuan}', thing2: "
        "'{period}水费'}}\n",
        encoding="utf-8",
    )
    async with opened(database_url, tmp_path, templates=file) as wechat:
        fields = {"total_yuan": "38.50", "period": "2026年10月"}
        for topic in ("bill_issued", "outage_published"):
            subject = Subject(topic, "1000000001", fields)
            await push(pool, Reply("通知"), topic, channel="wechat", channel_user=WANG,
                       subject=subject)  # fmt: skip
        await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state <> 'waiting' "
                                       "OFFSET 1"))  # fmt: skip
        data = wechat.fake.templates[0]["data"]
        assert data == {"amount1": {"value": "38.50"}, "thing2": {"value": "2026年10月水费"}}
        states = await rows(pool, "SELECT topic, state, vendor_id FROM channels.outbox ORDER BY 1")
        assert states == [
            ("bill_issued", "sent", "200163836"),
            ("outage_published", "failed", None),
        ]
        job = wechat.fake.event(WANG, "TEMPLATESENDJOBFINISH", MsgID=200_163_836,
                                Status="failed:user block")  # fmt: skip
        assert await wechat.push(job) is None
    assert await rows(pool, "SELECT last_error FROM channels.outbox WHERE topic = 'bill_issued' "
                            "AND state = 'failed'") == [("failed:user block",)]  # fmt: skip


async def test_who_unfollowed_is_not_written_to(wechat: WeChat, pool: Pool) -> None:
    async with working(pool):
        await wechat.say("你好")
    await wechat.push(wechat.fake.event(WANG, "unsubscribe"))
    await push(pool, Reply("停水"), "x", channel="wechat", channel_user=WANG,
               subject=Subject("outage_published"))  # fmt: skip
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'failed'"))
    assert wechat.fake.sends[WANG] == 0


async def test_forged_and_hostile_requests(wechat: WeChat, pool: Pool) -> None:
    query, body = sealed(wechat.fake.text(WANG, "水费"), AES_KEY)

    async def status(query: dict[str, str], body: bytes) -> int:
        return (await wechat.client.post("/wechat/callback", params=query, data=body)).status

    assert await status({}, b"") == 403
    assert await status({**query, "msg_signature": "0" * 40}, body.encode()) == 403
    assert await status(query, b"<xml/>") == 403
    assert await status(query, b"x" * 70_000) == 413
    rubbish, _ = sealed("rubbish", AES_KEY)
    inner_query, inner = sealed("<xml><MsgType>text</MsgType></xml>", AES_KEY)
    assert await status(inner_query, inner.encode()) == 200
    assert await status(rubbish, inner.encode()) == 403
    plain = {name: query[name] for name in ("timestamp", "nonce", "signature")}
    assert await status(plain, wechat.fake.text(WANG, "水费").encode()) == 403
    assert signature("a") != signature("b")
    assert await rows(pool, "SELECT * FROM channels.inbox") == []


async def test_no_worker_and_the_customer_still_sees_no_fault(
    wechat: WeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "ANSWER_SECONDS", 0.3)
    assert await wechat.say("查水费", seconds=1) != FAULT


async def test_check_and_connect_say_what_is_wrong(wechat: WeChat) -> None:
    async def said(settings: WeChatSettings) -> str:
        found = await check.check(settings, "https://kefu.example.com")
        return "\n".join(str(finding) for finding in found)

    assert "会话下面还没有菜单" in await said(wechat.settings)
    assert all(one.good for one in await check.connect(wechat.settings, "https://w.cn"))
    assert wechat.fake.menu is not None and len(wechat.fake.menu["button"]) == 3
    assert "✗" not in await said(wechat.settings)
    assert "WECHAT_APP_SECRET 不对" in await said(replace(wechat.settings, app_secret="x"))
    wechat.fake.trouble = [40164]
    assert "白名单" in await said(wechat.settings)
