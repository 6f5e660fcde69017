"""SMS' door against a fake platform that verifies signatures, templates and limits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.models import Config

from channels import delivery
from channels.database import Pool
from channels.messages import Option, Reply
from channels.push import Subject, push
from channels.sms import adapter, aliyun, check, sent
from channels.sms.aliyun import Aliyun
from channels.sms.door import SmsDoor
from channels.sms.settings import AliyunSettings, SmsSettings
from channels.turns import Turn
from tests.fakes.aliyun_sms import KEY_ID, KEY_SECRET, SIGN, FakeAliyunSms
from tests.fakes.serving import served
from tests.integration.channels.conversing import rows
from tests.integration.channels.gateway_of import answer_all, gateway_with, until, working

pytestmark = pytest.mark.integration
PHONE = "13800138000"
SECRET_PATH = "p" * 32
DUE = "UPDATE channels.outbox SET next_attempt_at = now() WHERE state = 'waiting' RETURNING 1"
TEMPLATES = """
answer: {code: SMS_ANSWER, params: {text: "{text}"}}
bill_issued: {code: SMS_BILL, params: {month: "{period}", fee: "{total_yuan}"}}
one_time_code: {code: SMS_CODE, params: {code: "{code}"}}
"""


@dataclass
class Sms:
    fake: FakeAliyunSms
    client: TestClient
    settings: SmsSettings

    async def say(self, *contents: str, phone: str = PHONE) -> bool:
        return await self.push("up", [self.fake.up(phone, content) for content in contents])

    async def push(self, what: str, entries: object) -> bool:
        url = str(self.client.make_url(f"/sms/aliyun/{SECRET_PATH}/{what}"))
        return await self.fake.push(url, entries)

    def got(self, phone: str = PHONE) -> list[str]:
        """Without the platform's signature in front."""
        return [text.removeprefix(f"【{SIGN}】") for text in self.fake.phones.get(phone, [])]


@asynccontextmanager
async def opened(database_url: str, folder: Path, **changes: Any) -> AsyncIterator[Sms]:
    fake = FakeAliyunSms()
    file = folder / "sms.yml"
    file.write_text(TEMPLATES, encoding="utf-8")
    async with served(fake.application()) as url:
        cloud = AliyunSettings(KEY_ID, KEY_SECRET, SIGN, templates=file, api_url=url)
        settings = replace(SmsSettings(cloud, SECRET_PATH, price_e4=450), **changes)
        make = lambda around: SmsDoor(settings, around)  # noqa: E731
        async with gateway_with(database_url, folder, make) as client:
            yield Sms(fake, client, settings)


@pytest.fixture
async def sms(database_url: str, tmp_path: Path) -> AsyncIterator[Sms]:
    async with opened(database_url, tmp_path) as sms:
        yield sms


async def test_a_customer_is_answered_and_a_digit_is_the_option(sms: Sms, pool: Pool) -> None:
    def offering(turn: Turn) -> list[Reply]:
        return [Reply(f"您说：{turn.said}", (Option("交水费"),) if "查" in turn.said else ())]

    async with working(pool, offering):
        assert await sms.say("cx 1000000001")
        await until(sms.got)
        assert await sms.say("1")
        await until(lambda: len(sms.got()) == 2)
    assert sms.got() == ["您说：查水费 1000000001\n1 交水费，回数字", "您说：交水费"]
    texts = await rows(pool, "SELECT text, said FROM channels.inbox ORDER BY seq")
    assert texts == [("cx 1000000001", "查水费 1000000001"), ("1", "交水费")]


async def test_a_push_that_comes_again_is_answered_once(sms: Sms, pool: Pool) -> None:
    entries = [sms.fake.up(PHONE, "水费"), sms.fake.up("13900139000", "停水吗")]
    for push_again in (entries, entries[::-1], entries):
        assert await sms.push("up", push_again)
    assert await answer_all(pool) == 2


async def test_a_call_without_an_answer_is_asked_about_and_not_sent_twice(
    sms: Sms, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DELIVER_SECONDS", 0.5)
    sms.fake.silent = 1
    await push(pool, Reply("账单"), "a", channel="sms", channel_user=PHONE)
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE last_error IS NOT NULL"))
    monkeypatch.setattr(delivery, "DELIVER_SECONDS", 5)
    await rows(pool, DUE)
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'sent'"))
    assert sms.got() == ["账单"]
    assert sms.fake.calls["SendSms"] == 1 and sms.fake.calls["QuerySendDetails"] >= 1


async def test_a_call_that_never_arrived_is_sent_again(sms: Sms, pool: Pool) -> None:
    sms.fake.trouble = [web.Response(status=502, text="<html>")]
    await push(pool, Reply("账单"), "a", channel="sms", channel_user=PHONE)
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE last_error IS NOT NULL"))
    await rows(pool, DUE)
    await until(sms.got)
    assert sms.got() == ["账单"]


@pytest.mark.parametrize(
    ("code", "message", "state"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", "号码不合法", "failed"),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", "failed"),
        ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", "waiting"),
        ("isv.AMOUNT_NOT_ENOUGH", "账户余额不足", "waiting"),
        ("Throttling.User", "slow down", "waiting"),
        ("SignatureDoesNotMatch", "wrong key", "waiting"),
    ],
)
async def test_refusals_of_the_platform(
    sms: Sms, pool: Pool, code: str, message: str, state: str
) -> None:
    sms.fake.trouble = [(code, message)]
    await push(pool, Reply("账单"), "a", channel="sms", channel_user=PHONE)
    found = await until(
        lambda: rows(pool, "SELECT state FROM channels.outbox WHERE last_error IS NOT NULL")
    )
    assert found == [(state,)]


async def test_notices_go_by_their_templates_and_codes_leave_no_trace(sms: Sms, pool: Pool) -> None:
    fields = {"period": "2026年10月", "total_yuan": "38.50"}
    await push(pool, Reply("账单来了"), "b", channel="sms", channel_user=PHONE,
               subject=Subject("bill_issued", "1000000001", fields))  # fmt: skip
    await push(pool, Reply("验证码123456"), "c", channel="sms", channel_user=PHONE,
               subject=Subject("one_time_code", None, {"code": "123456"}))  # fmt: skip
    await until(lambda: len(sms.got()) == 2)
    assert sms.got() == ["38.50，2026年10月", "123456"]
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE topic = 'one_time_code' "
                                   "AND state = 'sent'"))  # fmt: skip
    kept = await rows(pool, "SELECT reply ->> 'text', fields FROM channels.outbox "
                            "WHERE topic = 'one_time_code'")  # fmt: skip
    assert kept == [("***", None)]


async def test_who_refuses_gets_no_reminders_but_demands_and_answers(sms: Sms, pool: Pool) -> None:
    assert await sms.say("TD") and await sms.say("td")
    await until(lambda: len(sms.got()) == 2)
    assert all(text.startswith("已退订") for text in sms.got())
    for topic in ("bill_issued", "dunning_notice"):
        about = Subject(topic, "1000000001", {"period": "", "total_yuan": ""})
        await push(pool, Reply(topic), topic, channel="sms", channel_user=PHONE, subject=about)
    async with working(pool):
        await sms.say("查水费")
        await until(lambda: len(sms.got()) == 4)
    assert sorted(sms.got()[2:]) == ["dunning_notice", "您说：查水费"]
    refused = await rows(pool, "SELECT last_error FROM channels.outbox WHERE state = 'failed'")
    assert refused == [("DeliveryRefused: the customer wants no such messages",)]
    await sms.say("DY")
    assert await rows(pool, "SELECT 1 FROM channels.sms_opt_out") == []


async def test_receipts_costs_and_what_was_not_delivered(sms: Sms, pool: Pool) -> None:
    for number, text in enumerate(("短" * 10, "长" * 100)):
        await push(pool, Reply(text), f"k{number}", channel="sms", channel_user=PHONE)
    await until(lambda: len(sms.got()) == 2)
    await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'sent' OFFSET 1"))
    first, second = sms.fake.details
    good, lost = sms.fake.report(first, success=True), sms.fake.report(second, success=False)
    for entries in ([good, lost], [lost], [good]):
        assert await sms.push("report", entries)
    (month,) = await sent.costs(pool)
    assert (month.messages, month.parts, month.price_e4) == (2, 3, 1350)
    assert (month.delivered, month.not_delivered) == (1, 1)
    states = await rows(pool, "SELECT state, last_error FROM channels.outbox ORDER BY seq")
    assert states == [("sent", None), ("failed", "MK:0011")]


async def test_machines_are_not_answered_and_loops_end(
    sms: Sms, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await sms.say("您的验证码是 1234", phone="10690123456")
    assert await rows(pool, "SELECT * FROM channels.inbox") == []
    monkeypatch.setattr(adapter, "ANSWERS_A_DAY", 3)
    async with working(pool):
        for number in range(6):
            await sms.say(f"自动回复 {number}")
        await until(lambda: rows(pool, "SELECT 1 FROM channels.outbox WHERE state = 'failed' "
                                       "OFFSET 2"))  # fmt: skip
    assert len(sms.got()) == 3


@pytest.mark.parametrize("path", ["up", "report"])
async def test_without_the_secret_the_address_does_not_exist(
    sms: Sms, pool: Pool, path: str
) -> None:
    for secret in ("x" * 32, "x", "%E7%A7%98"):
        entries = [sms.fake.up(PHONE, "水费")]
        answer = await sms.client.post(f"/sms/aliyun/{secret}/{path}", json=entries)
        assert answer.status == 404
    for body, status in ((b"x", 400), (b"{}", 400), (b"[" + b" " * 600_000 + b"]", 413)):
        answer = await sms.client.post(f"/sms/aliyun/{SECRET_PATH}/{path}", data=body)
        assert answer.status == status
    assert await rows(pool, "SELECT * FROM channels.inbox") == []


async def test_only_named_networks_may_call(database_url: str, tmp_path: Path) -> None:
    import ipaddress

    for network, taken in (("10.0.0.0/8", False), ("127.0.0.0/8", True)):
        callers = (ipaddress.ip_network(network),)
        async with opened(database_url, tmp_path, callers=callers) as sms:
            assert await sms.say("水费") is taken


async def test_check_says_what_is_wrong(sms: Sms) -> None:
    async def said(**changes: Any) -> str:
        cloud = replace(sms.settings.aliyun, **changes)
        found = await check.check(replace(sms.settings, aliyun=cloud), "https://w.cn")
        return "\n".join(str(finding) for finding in found)

    assert "✗" not in await said()
    assert "SMS_ALIYUN_KEY_SECRET 不对" in await said(key_secret="x")
    assert "SMS_ALIYUN_KEY_ID 不存在" in await said(key_id="LTAIx")
    assert "连不上" in await said(api_url="http://127.0.0.1:9")
    assert "没有 answer" in await said(templates=None)


async def test_the_vendors_sdk_agrees_with_the_fake_and_with_us(sms: Sms) -> None:
    """The SDK's own signature passes where ours does, and a wrong secret fails for both."""
    host = urlsplit(sms.settings.aliyun.api_url).netloc

    def client(secret: str) -> Client:
        return Client(
            Config(access_key_id=KEY_ID, access_key_secret=secret, endpoint=host, protocol="http")
        )

    asked = models.SendSmsRequest(
        phone_numbers=PHONE, sign_name=SIGN, template_code="SMS_ANSWER",
        template_param='{"text": "您好 +&=~*"}', out_id="sdk-1",
    )  # fmt: skip
    sent_by_sdk = await client(KEY_SECRET).send_sms_async(asked)
    assert sent_by_sdk.body.code == "OK" and sent_by_sdk.body.biz_id
    ours = Aliyun(sms.settings.aliyun, {})
    found = await ours.find(aliyun.OutgoingSms(PHONE, "", "sdk-1"))
    assert found == "sdk-1" and sms.got() == ["您好 +&=~*"]
    await ours.close()
    with pytest.raises(Exception, match="SignatureDoesNotMatch"):
        await client("wrong").send_sms_async(asked)
    await asyncio.sleep(0)
