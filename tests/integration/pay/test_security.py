"""What must not come in: oversized, replayed, foreign and unsigned messages, foreign addresses."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from billing_client.http.notify import LARGEST_NOTICE_BYTES
from billing_client.pay.addresses import AddressRefused, allowed
from billing_client.pay.alipay.signature import IN_NOTICES, signed_text
from billing_client.pay.alipay_sandbox import keys as alipay_keys
from billing_client.pay.port import OutcomeUnknown
from billing_client.pay.rsa import sign
from billing_client.pay.simulator.notifier import outgoing
from billing_client.pay.simulator.store import outgoing_notice
from billing_client.pay.wechat.transport import OFFICIAL_URL, WeChatTransport
from billing_client.pay.wechat_sandbox.keys import load_or_create
from billing_client.pay.wechat_sandbox.seals import WeChatSeals
from billing_client.store.tables import provider_notice
from tests.integration.pay.conftest import Utility

WECHAT, ALIPAY = "wechat_sandbox", "alipay_sandbox"


async def _kept(utility: Utility) -> int:
    async with utility.engine.connect() as connection:
        asked = select(func.count()).select_from(provider_notice)
        return int(await connection.scalar(asked) or 0)


@pytest.mark.parametrize("name", [WECHAT, ALIPAY])
async def test_a_notice_too_large_is_not_read(utility: Utility, name: str) -> None:
    url, body = utility.settings.local_notify_url(name), b"x" * (LARGEST_NOTICE_BYTES + 1)
    assert (await utility.payer.post(url, content=body)).status_code == 413

    async def in_pieces():
        yield body

    assert (await utility.payer.post(url, content=in_pieces())).status_code == 413
    assert await _kept(utility) == 0


async def test_the_same_bytes_are_taken_once(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    await utility.act((await utility.order()).pay_url, "pay")
    await utility.told("payment_settled")
    async with utility.engine.connect() as connection:
        row = (await connection.execute(select(outgoing_notice))).one()
    sealed = WeChatSeals(load_or_create(utility.settings.data_dir)).seal(outgoing(row))
    url, headers = utility.settings.local_notify_url(WECHAT), dict(sealed.headers)
    answers = [
        (await utility.payer.post(url, content=sealed.body, headers=headers)).status_code
        for _ in range(2)
    ]
    assert answers == [204, 401]


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ({"app_id": "2021000000000009"}, "alipay"),
        ({"seller_id": "2088000000000009"}, "alipay"),
        ({"notify_time": "2020-01-01 00:00:00"}, "alipay"),
        ({"notify_time": "2099-01-01 00:00:00"}, "alipay"),
        ({}, "stranger"),
    ],
)
async def test_alipays_notices_for_others_and_old_ones_are_refused(
    utility: Utility, change: dict[str, str], by: str
) -> None:
    keys = alipay_keys.load_or_create(utility.settings.data_dir)
    told = {
        "notify_time": "2026-11-25 12:00:00",
        "notify_type": "trade_status_sync",
        "notify_id": "N1",
        "app_id": alipay_keys.APP_ID,
        "seller_id": alipay_keys.SELLER_ID,
        "out_trade_no": "XS1",
        "trade_no": "T1",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "86.50",
    } | change
    signature = sign(getattr(keys, by), signed_text(told, IN_NOTICES))
    body = urlencode(told | {"sign": signature, "sign_type": "RSA2"})
    answer = await utility.payer.post(
        utility.settings.local_notify_url(ALIPAY),
        content=body,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert (answer.status_code, answer.text) == (401, "failure")
    assert await _kept(utility) == 0


async def test_alipays_gateway_takes_nothing_unsigned(utility: Utility) -> None:
    url = f"{utility.settings.local_url}/sandbox/alipay/open/gateway.do"
    asked = {"app_id": alipay_keys.APP_ID, "method": "alipay.trade.query", "sign": "AAAA"}
    told = (await utility.payer.post(url, data=asked)).json()
    assert told["error_response"]["sub_code"] == "isv.invalid-signature"


async def test_a_bill_is_fetched_from_the_providers_own_host_alone(utility: Utility) -> None:
    credentials = load_or_create(utility.settings.data_dir).merchant_credentials()
    transport = WeChatTransport(credentials)
    for url in (
        "http://169.254.169.254/latest/meta-data",
        "https://api.mch.weixin.qq.com.evil.example/bill",
        "https://api.mch.weixin.qq.com@evil.example/bill",
        "http://api.mch.weixin.qq.com/bill",
    ):
        with pytest.raises(OutcomeUnknown, match="foreign"):
            await transport.download(url)
    await transport.aclose()
    assert allowed(f"{OFFICIAL_URL}/v3/x", (OFFICIAL_URL,))
    with pytest.raises(AddressRefused):
        allowed("file:///etc/passwd", (OFFICIAL_URL,))
