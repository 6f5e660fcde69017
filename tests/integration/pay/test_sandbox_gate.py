"""The sandbox judged by somebody else's client (wechatpayv3), and its gate."""

import asyncio
import json
import time

import httpx
from cryptography.hazmat.primitives import serialization
from wechatpayv3 import WeChatPay, WeChatPayType

from billing_client.pay.wechat.signature import SCHEME, authorization, request_message, sign
from billing_client.pay.wechat_sandbox.keys import APPID, MCHID, PUBLIC_KEY_ID, load_or_create
from tests.integration.pay.conftest import Utility

ORDER = {
    "appid": APPID,
    "mchid": MCHID,
    "description": "水费",
    "out_trade_no": "XSGATE0001",
    "notify_url": "http://127.0.0.1:9/pay/notify/wechat",
    "amount": {"total": 100, "currency": "CNY"},
}
TARGET = "/v3/pay/transactions/native"


def _judge(utility: Utility) -> WeChatPay:
    keys = load_or_create(utility.settings.data_dir)
    public = keys.platform_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = keys.merchant_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    judge = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCHID,
        private_key=private.decode(),
        cert_serial_no=keys.merchant_serial,
        appid=APPID,
        apiv3_key=keys.apiv3_key.decode(),
        notify_url=ORDER["notify_url"],
        public_key=public.decode(),
        public_key_id=PUBLIC_KEY_ID,
        timeout=(3, 5),
    )
    judge._core._gate_way = f"{utility.settings.local_url}/sandbox/wechat"
    return judge


async def test_another_client_orders_queries_and_closes(utility: Utility) -> None:
    judge = _judge(utility)

    def order(total: int) -> tuple[int, str]:
        amount = {"total": total, "currency": "CNY"}
        return judge.pay(description="水费", out_trade_no="XSJUDGE001", amount=amount)

    status, answer = await asyncio.to_thread(order, 8650)
    assert status == 200
    again = await asyncio.to_thread(order, 8650)
    assert json.loads(again[1])["code_url"] == json.loads(answer)["code_url"]
    assert (await asyncio.to_thread(order, 1))[0] == 400
    status, answer = await asyncio.to_thread(judge.query, out_trade_no="XSJUDGE001")
    assert (status, json.loads(answer)["trade_state"]) == (200, "NOTPAY")
    assert (await asyncio.to_thread(judge.close, "XSJUDGE001"))[0] == 204
    status, answer = await asyncio.to_thread(judge.query, out_trade_no="XSJUDGE001")
    assert json.loads(answer)["trade_state"] == "CLOSED"


async def _post(utility: Utility, body: bytes, header: str) -> httpx.Response:
    url = f"{utility.settings.local_url}/sandbox/wechat{TARGET}"
    return await utility.payer.post(url, content=body, headers={"Authorization": header})


async def test_the_gate_refuses_what_is_not_signed_for_it(utility: Utility) -> None:
    keys = load_or_create(utility.settings.data_dir)
    body = json.dumps(ORDER).encode()

    def header(mchid: str = MCHID, serial: str = keys.merchant_serial) -> str:
        return authorization(keys.merchant_key, mchid, serial, "POST", TARGET, body)

    old = str(int(time.time()) - 301)
    stale = sign(keys.merchant_key, request_message("POST", TARGET, old, "n1", body))
    forgeries = {
        "tampered": (body.replace(b"100", b"101"), header()),
        "merchant": (body, header(mchid="1900000002")),
        "serial": (body, header(serial="ABCDEF")),
        "scheme": (body, header().replace(SCHEME, "OTHER")),
        "missing": (body, ""),
        "stale": (
            body,
            f'{SCHEME} mchid="{MCHID}",nonce_str="n1",timestamp="{old}",'
            f'serial_no="{keys.merchant_serial}",signature="{stale}"',
        ),
    }
    for name, (content, authorized) in forgeries.items():
        answer = await _post(utility, content, authorized)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_ERROR"), name
    good = header()
    assert (await _post(utility, body, good)).status_code == 200
    replayed = await _post(utility, body, good)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "SIGN_ERROR")


async def test_the_payer_page_is_plain_and_safe(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    page = await utility.payer.get((await utility.order()).pay_url, follow_redirects=True)
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert "86.50" in page.text
    style = await utility.payer.get(f"{utility.settings.local_url}/sandbox/page.css")
    assert style.headers["content-type"].startswith("text/css")
