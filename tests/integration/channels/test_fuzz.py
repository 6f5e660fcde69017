"""Random requests at every door: never a traceback, never a 5xx, never without an answer.

``FUZZ_REQUESTS`` says how many a door (``make fuzz``: 100,000); ``FUZZ_SEED`` repeats a run.
"""

import asyncio
import json
import logging
import os
import random
import resource
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from channels import intake
from channels.web.limits import Rate
from channels.wechat import door as wechat_door
from tests.fakes.wechat import AES_KEY, sealed
from tests.integration.channels.houses import (
    SmsHouse,
    TelegramHouse,
    WebHouse,
    WeChatHouse,
    opened,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3600)]
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "2000"))
SEED = int(os.environ.get("FUZZ_SEED", "20261125"))
AT_ONCE = 16
MOST_GROWTH_MB = 150  # of this process, tests and fakes included
STRANGE = [
    None, True, -1, 0, 2**70, 1e308, "", "\0", "\ud800", "😀" * 50, "水" * 5000, [], {}, [[]] * 50,
    {"id": {"id": {}}}, "../../etc/passwd", "1" * 400, "<xml>", "]]>", "%s%n", "'\"; --", "\u202e",
]  # fmt: skip
PLACE = {"latitude": 39.9, "longitude": 116.4}
Request = Callable[[TestClient, random.Random], Awaitable[int]]


def mutated(value: Any, dice: random.Random, depth: int = 0) -> Any:
    """The same JSON with something in it replaced, dropped, doubled or added."""
    if dice.random() < 0.12 or depth > 6:
        return dice.choice(STRANGE)
    if isinstance(value, dict):
        kept = {k: mutated(v, dice, depth + 1) for k, v in value.items() if dice.random() > 0.05}
        return {**kept, "x": dice.choice(STRANGE)} if dice.random() < 0.1 else kept
    if isinstance(value, list):
        return [mutated(one, dice, depth + 1) for one in value for _ in range(dice.randint(0, 2))]
    return value


def garbled(body: bytes, dice: random.Random) -> bytes:
    """Some bytes of it changed, cut or repeated; or none."""
    kind = dice.random()
    if kind < 0.4 or not body:
        return body
    place = dice.randrange(len(body))
    if kind < 0.7:
        return body[:place] + dice.randbytes(dice.randint(1, 8)) + body[place + 1 :]
    return body[:place] if kind < 0.85 else body[:place] + body[place:] * 2


def as_body(value: Any, dice: random.Random) -> bytes:
    return garbled(json.dumps(mutated(value, dice)).encode(), dice)


@pytest.fixture(autouse=True)
def open_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is turned away before it is read."""
    monkeypatch.setattr(intake.Intake.__init__, "__defaults__", (Rate(1e9, 1e9),))
    monkeypatch.setattr(wechat_door, "ANSWER_SECONDS", 0.0)


async def bombard(client: TestClient, request: Request, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    statuses: Counter[int] = Counter()
    before = _peak_mb()

    async def some(number: int) -> None:
        dice = random.Random(SEED + number)
        for _ in range(REQUESTS // AT_ONCE):
            async with asyncio.timeout(30):
                statuses[await request(client, dice)] += 1

    await asyncio.gather(*(some(number) for number in range(AT_ONCE)))
    assert not {status for status in statuses if status >= 500}, statuses
    assert len(statuses) > 1, "nothing was refused: the requests are not strange enough"
    assert statuses[200] > REQUESTS // 100, "nothing was taken: the requests are too strange"
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []
    assert _peak_mb() - before < MOST_GROWTH_MB


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def test_telegram(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = TelegramHouse(tmp_path)

    async def request(client: TestClient, dice: random.Random) -> int:
        fake, chat = house.fake, dice.choice((7001, 7002, 2**52))
        known = dice.choice(
            (
                lambda: house.said("水费"),
                lambda: fake.update(edited_message=fake.message(chat, text="水费")),
                lambda: fake.photo(chat, b"GIF", caption="表"),
                lambda: fake.update(message=fake.message(chat, location=PLACE)),
                lambda: fake.press_of(chat, {"message_id": 1, "chat": {"id": chat}}, "1.0"),
            )
        )()  # fmt: skip
        secret = house.settings.secret if dice.random() < 0.95 else dice.choice(("", "x", "\xff"))
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
        body = as_body(known, dice)
        answer = await client.post("/telegram/webhook", data=body, headers=headers)
        return answer.status

    async with opened(house, database_url, tmp_path) as client:
        await bombard(client, request, caplog)


async def test_wechat(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house = WeChatHouse(tmp_path)

    async def request(client: TestClient, dice: random.Random) -> int:
        fake = house.fake
        values = [str(one) for one in STRANGE[2:] if isinstance(one, int | str)]
        fields = {
            name: dice.choice(values) if dice.random() < 0.2 else value
            for name, value in {
                "MsgType": dice.choice(("text", "image", "voice", "event", "location", "link")),
                "Content": "水费", "MediaId": "m", "Event": dice.choice(("CLICK", "SCAN", "VIEW")),
                "EventKey": "k", "MsgId": dice.randrange(10**9), "Location_X": "1.0",
                "Location_Y": "x", "Label": "",
            }.items()
            if dice.random() > 0.05
        }  # fmt: skip
        xml = fake.xml(house.customer, **fields).encode("utf-8", "replace").decode()
        if dice.random() < 0.4:  # sealed well, strange inside
            xml = garbled(xml.encode(), dice).decode("utf-8", "replace")
        query, body = sealed(xml, AES_KEY if dice.random() < 0.95 else None)
        if dice.random() < 0.2:
            query[dice.choice(list(query))] = dice.choice(values)
        query = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
        sent = garbled(body.encode(), dice) if dice.random() < 0.3 else body.encode()
        method = client.get if dice.random() < 0.05 else client.post
        answer = await method("/wechat/callback", params=query, data=sent)
        return answer.status

    async with opened(house, database_url, tmp_path) as client:
        await bombard(client, request, caplog)


async def test_sms(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house = SmsHouse(tmp_path)
    detail = {"PhoneNum": house.customer, "BizId": "9^0", "OutId": "c-1-0"}

    async def request(client: TestClient, dice: random.Random) -> int:
        fake = house.fake
        ups = [fake.up(f"1380013800{dice.randint(0, 9)}", dice.choice(("CX", "TD", "DY", "水费")))]
        entries = dice.choice((ups, [fake.report(detail, success=False)]))
        path = dice.choice(("up", "report"))
        secret = "p" * 32 if dice.random() < 0.95 else "q" * 32
        body = as_body(entries, dice)
        return (await client.post(f"/sms/aliyun/{secret}/{path}", data=body)).status

    async with opened(house, database_url, tmp_path) as client:
        await bombard(client, request, caplog)


async def test_web(database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    house = WebHouse(tmp_path)

    async def request(client: TestClient, dice: random.Random) -> int:
        headers = await house._headers(client)
        if dice.random() < 0.1:
            headers[dice.choice(list(headers))] = dice.choice(("", "x", "Bearer a.b", "null"))
        if dice.random() < 0.1:
            body = as_body({"token": "a.b", "demo": "arrears"}, dice)
            return (await client.post("/web/session", data=body, headers=headers)).status
        body = as_body({"id": f"k{dice.random()}".replace(".", ""), "text": "水费"}, dice)
        return (await client.post("/web/messages", data=body, headers=headers)).status

    async with opened(house, database_url, tmp_path) as client:
        await bombard(client, request, caplog)
