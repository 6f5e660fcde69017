"""What every channel promises: what is acknowledged is stored once and answered once."""

import asyncio
import random
from pathlib import Path

import pytest

from channels import delivery, intake
from channels.database import Pool
from channels.web.limits import Rate
from channels.wechat import door as wechat_door
from tests.integration.channels.conversing import rows
from tests.integration.channels.gateway_of import answer_all, until
from tests.integration.channels.houses import PUSHED, PushHouse, WebHouse, opened

pytestmark = pytest.mark.integration
# What waits for its next attempt; what is on its way has a lease, made longer here, and is left.
DUE = """
UPDATE channels.outbox SET next_attempt_at = least(next_attempt_at, now())
 WHERE state = 'waiting' AND next_attempt_at < now() + interval '5 minutes' RETURNING 1
"""
WAITING = "SELECT FROM channels.outbox WHERE state = 'waiting'"
TEXTS = [
    "水费多少",
    "😀👨‍👩‍👧‍👦🚰",
    "مرحبا كيف حالك",
    "\u202etxet desrever\u202c",
    "<script>alert(1)</script> ]]> <![CDATA[ &lt; %s {0} {{x}} $(id) `id`",
    "'; DROP TABLE channels.inbox; --",
    "/restart /pay_bill",
    "\\u0000 \\ud800 \x07\x1b[31m",
    "水" * 3000,
    "一行\n\n两行\t缩进",
]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit on how fast this customer writes; WeChat's answers all go the long way."""
    monkeypatch.setattr(intake.Intake.__init__, "__defaults__", (Rate(10_000, 1_000),))
    monkeypatch.setattr(wechat_door, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(delivery, "LEASE_SECONDS", 900)


@pytest.fixture(params=PUSHED, ids=lambda kind: kind.name)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> PushHouse:
    return request.param(tmp_path)


async def drained(pool: Pool, house: PushHouse, seconds: float = 10) -> list[str]:
    """What the customer has seen once nothing waits; waits for retries are cut short."""
    async with asyncio.timeout(seconds):
        while await rows(pool, WAITING):
            await rows(pool, DUE)
            await asyncio.sleep(0.05)
    return house.seen()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:12]))
async def test_any_text_is_stored_as_it_is_and_answered_once(
    house: PushHouse, pool: Pool, database_url: str, tmp_path: Path, text: str
) -> None:
    async with opened(house, database_url, tmp_path) as client:
        assert await house.send(client, house.said(text)) == 200
        stored = await rows(pool, "SELECT text FROM channels.inbox")
        assert len(stored) == 1
        assert str(stored[0][0]).startswith(text.strip()[:900].split("\x07")[0])
        await answer_all(pool)
        seen = await drained(pool, house)
        assert seen and sum(one.count("您说：") for one in seen) == 1


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
async def test_an_empty_message_is_acknowledged_and_goes_no_further(
    house: PushHouse, pool: Pool, database_url: str, tmp_path: Path, text: str
) -> None:
    async with opened(house, database_url, tmp_path) as client:
        assert await house.send(client, house.said(text)) == 200
        assert await rows(pool, "SELECT text FROM channels.inbox") == []


async def test_repeats_in_any_order_are_one_message_each(
    house: PushHouse, pool: Pool, database_url: str, tmp_path: Path
) -> None:
    async with opened(house, database_url, tmp_path) as client:
        said = [
            house.said(f"问题{number}") for number in range(5)
        ]  # as many as WeChat lets us answer
        order = said * 4
        random.Random(6).shuffle(order)
        statuses = await asyncio.gather(*(house.send(client, one) for one in order))
        assert set(statuses) == {200}
        assert await answer_all(pool) == 5
        seen = await drained(pool, house)
    assert sorted("\n".join(seen).split()) == sorted(f"您说：问题{number}" for number in range(5))


async def test_messages_are_answered_in_the_order_they_came(
    house: PushHouse, pool: Pool, database_url: str, tmp_path: Path
) -> None:
    async with opened(house, database_url, tmp_path) as client:
        for number in range(4):
            await house.send(client, house.said(f"第{number}句"))
        await answer_all(pool)
        seen = await drained(pool, house)
    assert seen == [f"您说：第{number}句" for number in range(4)]


@pytest.mark.parametrize("trouble", ["down", "too_many", "both"])
async def test_a_provider_in_trouble_costs_time_and_no_answer(
    house: PushHouse, pool: Pool, database_url: str, tmp_path: Path, trouble: str
) -> None:
    async with opened(house, database_url, tmp_path) as client:
        for status in (500, 502, 503) if trouble != "too_many" else ():
            house.fails(status)
        if trouble != "down":
            house.too_many()
        for number in range(2):
            await house.send(client, house.said(f"第{number}句"))
        await answer_all(pool)
        seen = await drained(pool, house)
    assert seen == ["您说：第0句", "您说：第1句"]
    assert await rows(pool, "SELECT DISTINCT state FROM channels.outbox") == [("sent",)]


async def test_a_restart_of_the_gateway_loses_and_doubles_nothing(
    house: PushHouse, pool: Pool, database_url: str, tmp_path: Path
) -> None:
    """Acknowledged by one gateway, answered while there is none, sent by the next."""
    async with opened(house, database_url, tmp_path) as client:
        said = house.said("水费多少")
        assert await house.send(client, said) == 200
    await answer_all(pool)
    assert house.seen() == []
    async with opened(house, database_url, tmp_path) as client:
        assert await house.send(client, said) == 200, "the provider may not have heard the first"
        await answer_all(pool)
        assert await drained(pool, house) == ["您说：水费多少"]


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) <= 500], ids=ascii)
async def test_the_web_chat_keeps_any_text(
    pool: Pool, database_url: str, tmp_path: Path, text: str
) -> None:
    house = WebHouse(tmp_path)
    async with opened(house, database_url, tmp_path) as client:
        said = house.said(text)
        assert [await house.send(client, said) for _ in range(3)] == [200] * 3
        assert await answer_all(pool) == 1
        shown = await until(lambda: house.look(client))
    assert shown == [f"您说：{text.strip()}"]


@pytest.mark.parametrize("text", ["", "水" * 501, "水" * 3000, "\ud800"])
async def test_the_web_chat_says_what_it_does_not_take(
    pool: Pool, database_url: str, tmp_path: Path, text: str
) -> None:
    house = WebHouse(tmp_path)
    async with opened(house, database_url, tmp_path) as client:
        status = await house.send(client, house.said(text))
    assert status == (200 if text == "\ud800" else 400), "half a character becomes U+FFFD"
