"""One-time codes by SMS, and one customer who is known on several channels."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from billing_client.core import CoreBillingClient, connect
from billing_client.errors import NotBound
from billing_client.pay.settings import PaymentSettings
from billing_client.services.code_sender import NoticeCodeSender
from billing_client.store.tables import notice, sandbox_sms
from billing_client.views import Caller, Level
from tests.integration.billing.conftest import ACCOUNT, Town

CHATS = (
    Caller("wechat", "oABCDEFGHIJKLMNOPQRSTUVWX123"),
    Caller("telegram", "7001"),
    Caller("sms", "13900139000"),
    Caller("web", "0123456789abcdef"),
)


@pytest.fixture
async def client(town: Town, database_url: str, tmp_path: Path) -> AsyncIterator[CoreBillingClient]:
    payment = PaymentSettings(data_dir=tmp_path)
    client = connect(database_url, payment_settings=payment, code_sender=NoticeCodeSender())
    yield client
    await client.close()


async def code_of(client: CoreBillingClient) -> str:
    """As the phone shows it: taken as a notice, and settled once it was handed on."""
    (told,) = await client.take_notices()
    assert (told.topic, told.channel, told.channel_user) == (
        "one_time_code", "sms", "13811111234",
    )  # fmt: skip
    await client.settle_notice(told.notice_id)
    found = re.search(r"\d{6}", told.payload["text"])
    assert found is not None and found[0] == told.payload["code"]
    assert "【" not in told.payload["text"], "the provider puts its signature in front"
    return found[0]


async def test_a_customer_binds_the_same_account_on_every_channel(
    client: CoreBillingClient,
) -> None:
    for chat in CHATS:
        with pytest.raises(NotBound):
            await client.bills(chat, ACCOUNT)
        await client.request_code(chat, ACCOUNT)
        known = await client.confirm_code(chat, await code_of(client))
        assert known.level is Level.FRESH
        assert [account.account_no for account in known.accounts] == [ACCOUNT]
        assert await client.bills(chat, ACCOUNT) == ()
        with pytest.raises(NotBound):
            await client.bills(replace(chat, channel_user="7002"), ACCOUNT)


async def test_the_code_is_gone_once_it_was_handed_on(
    client: CoreBillingClient, town: Town
) -> None:
    await client.request_code(CHATS[0], ACCOUNT)
    code = await code_of(client)
    async with town.engine.connect() as connection:
        kept = (await connection.execute(select(notice))).all()
        shown = (await connection.execute(select(sandbox_sms))).all()
    assert code not in str(kept) and shown == []
