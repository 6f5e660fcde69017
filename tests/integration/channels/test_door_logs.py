"""What the doors log names no customer, no words and no secret, also when all goes wrong."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot import logs
from channels import delivery
from channels.database import Pool
from channels.telegram.settings import TelegramSettings
from channels.wechat import door as wechat_door
from tests.fakes import aliyun_sms, bot_api
from tests.fakes import wechat as fake_wechat
from tests.integration.channels.conversing import rows
from tests.integration.channels.gateway_of import answer_all, until
from tests.integration.channels.houses import PUSHED, PushHouse, opened

pytestmark = pytest.mark.integration
WORDS = "我叫王小明电话13911112222住和平里"
SECRETS = (
    bot_api.TOKEN,
    TelegramSettings(bot_api.TOKEN).secret,
    fake_wechat.SECRET,
    fake_wechat.TOKEN,
    fake_wechat.AES_KEY,
    aliyun_sms.KEY_SECRET,
    "p" * 32,
)
FAILED = "SELECT 1 FROM channels.outbox WHERE state = 'failed'"
DUE = "UPDATE channels.outbox SET next_attempt_at = now() WHERE state = 'waiting' RETURNING 1"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure("gateway", "debug", stream)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # as the gateway runs without
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("kind", PUSHED, ids=lambda kind: kind.name)
async def test_nothing_personal(
    kind: type[PushHouse],
    pool: Pool,
    database_url: str,
    tmp_path: Path,
    log: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wechat_door, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(delivery, "MAX_ATTEMPTS", 3)
    house = kind(tmp_path)
    async with opened(house, database_url, tmp_path) as client:
        for status in (500, 502, 503):
            house.fails(status)
        await house.send(client, house.said(WORDS))
        await answer_all(pool)
        assert await until(lambda: _failed(pool))
    written = log.getvalue()
    assert "delivery.not_sent" in written, "the log was not looked at"
    for personal in (house.customer, "王小明", "13911112222", *SECRETS):
        assert personal not in written


async def _failed(pool: Pool) -> bool:
    await rows(pool, DUE)
    return bool(await rows(pool, FAILED))


@pytest.mark.parametrize("kind", PUSHED, ids=lambda kind: kind.name)
async def test_a_provider_that_cannot_be_reached_names_no_secret(
    kind: type[PushHouse], pool: Pool, database_url: str, tmp_path: Path, log: io.StringIO
) -> None:
    """The error that is kept with the message is read by people too."""
    from channels.push import push
    from tests.integration.channels.gateway_of import gateway_with

    house = kind(tmp_path)
    async with gateway_with(database_url, tmp_path, house.door("http://127.0.0.1:9")):
        if kind.name == "wechat":
            await rows(
                pool,
                "INSERT INTO channels.wechat_allowance (channel_user, message_left, message_until)"
                " VALUES (%s, 5, now() + interval '1 hour') RETURNING 1",
                house.customer,
            )
        await push(
            pool, delivery.Reply("账单"), "a", channel=kind.name, channel_user=house.customer
        )
        query = "SELECT last_error FROM channels.outbox WHERE last_error IS NOT NULL"
        (kept,) = await until(lambda: rows(pool, query))
    for secret in (*SECRETS, house.customer):
        assert secret not in str(kept) + log.getvalue()
