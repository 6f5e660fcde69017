"""Somebody else's clients (wechatpayv3, python-alipay-sdk) against our simulators."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest
from alipay import AliPay
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3 import core as judge_core

from billing_client.pay.alipay.signature import IN_NOTICES, signed_text, verify_any
from billing_client.pay.alipay_sandbox import keys as alipay_keys
from billing_client.pay.alipay_sandbox.seals import AlipaySeals
from billing_client.pay.simulator.sealing import OutgoingNotice
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.platform_certificates import download
from billing_client.pay.wechat.reading import read_notice
from billing_client.pay.wechat.transport import WeChatTransport
from billing_client.pay.wechat_sandbox.keys import APPID, MCHID, PUBLIC_KEY_ID, load_or_create
from billing_client.pay.wechat_sandbox.seals import WeChatSeals
from billing_client.pay.wechat_sandbox.trades import SHANGHAI
from tests.integration.pay.conftest import Utility

NOTIFY = "http://127.0.0.1:9/nobody"
MODES = ("public key", "certificate")


def _pem(key: RSAPrivateKey, form: serialization.PrivateFormat) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, form, serialization.NoEncryption()
    ).decode()


def _public(key: RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _wechat(utility: Utility, mode: str, monkeypatch: pytest.MonkeyPatch) -> WeChatPay:
    """The judge has its gateway written in, and fetches certificates when it is made."""
    keys, base = load_or_create(utility.settings.data_dir), utility.settings.local_url
    first = judge_core.Core._init_certificates

    def pointed(core: Any) -> None:
        core._gate_way = f"{base}/sandbox/wechat"
        first(core)

    monkeypatch.setattr(judge_core.Core, "_init_certificates", pointed)
    by_key: dict[str, Any] = {
        "public_key": _public(keys.platform_key),
        "public_key_id": PUBLIC_KEY_ID,
    }
    judge = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCHID,
        private_key=_pem(keys.merchant_key, serialization.PrivateFormat.PKCS8),
        cert_serial_no=keys.merchant_serial,
        appid=APPID,
        apiv3_key=keys.apiv3_key.decode(),
        notify_url=NOTIFY,
        timeout=(3, 20),
        **(by_key if mode == "public key" else {}),
    )
    judge._core._gate_way = f"{base}/sandbox/wechat"
    return judge


async def _told(call: Callable[[], tuple[int, Any]], status: int = 200) -> dict[str, Any]:
    answered, body = await asyncio.to_thread(call)
    assert answered == status, body
    return json.loads(body)


@pytest.mark.parametrize("mode", MODES)
async def test_a_stranger_pays_refunds_and_reads_the_bill_of_wechat(
    utility: Utility, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = await asyncio.to_thread(_wechat, utility, mode, monkeypatch)
    amount = {"total": 8650, "currency": "CNY"}
    order = {"description": "水费", "out_trade_no": "XSJUDGE002", "amount": amount}
    page = (await _told(lambda: judge.pay(**order)))["code_url"]
    scene = {"payer_client_ip": "1.2.3.4", "h5_info": {"type": "Wap"}}
    h5 = {**order, "out_trade_no": "XSJUDGE003", "scene_info": scene}
    assert (await _told(lambda: judge.pay(**h5, pay_type=WeChatPayType.H5)))["h5_url"]
    jsapi = {**order, "out_trade_no": "XSJUDGE004", "payer": {"openid": "o1"}}
    assert (await _told(lambda: judge.pay(**jsapi, pay_type=WeChatPayType.JSAPI)))["prepay_id"]

    await utility.act(page, "pay")
    paid = await _told(lambda: judge.query(out_trade_no="XSJUDGE002"))
    assert paid["trade_state"] == "SUCCESS"
    by_number = await _told(lambda: judge.query(transaction_id=paid["transaction_id"]))
    assert by_number["out_trade_no"] == "XSJUDGE002"

    part = {"refund": 650, "total": 8650, "currency": "CNY"}
    refund = {"out_refund_no": "RF1", "out_trade_no": "XSJUDGE002", "amount": part}
    first = await _told(lambda: judge.refund(**refund))
    assert (await _told(lambda: judge.refund(**refund)))["refund_id"] == first["refund_id"]
    assert (await _told(lambda: judge.query_refund("RF1")))["status"] == "SUCCESS"

    today = f"{datetime.now(SHANGHAI):%Y-%m-%d}"
    bill = await _told(lambda: judge.trade_bill(today, tar_type="GZIP"))
    status, packed = await asyncio.to_thread(judge.download_bill, bill["download_url"])
    assert status == 200
    content = gzip.decompress(packed)
    assert hashlib.sha1(content).hexdigest() == bill["hash_value"]
    assert "XSJUDGE002" in content.decode("utf-8-sig")


@pytest.mark.parametrize("mode", MODES)
async def test_a_stranger_reads_our_notices_and_so_do_we(
    utility: Utility, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = await asyncio.to_thread(_wechat, utility, mode, monkeypatch)
    keys = load_or_create(utility.settings.data_dir)
    content = {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": "XSJUDGE005",
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "amount": {"total": 8650, "currency": "CNY"},
    }
    envelope = {
        "event_type": "TRANSACTION.SUCCESS",
        "original_type": "transaction",
        "summary": "支付成功",
    }
    seals = WeChatSeals(keys, by_certificate=mode == "certificate")
    sealed = seals.seal(OutgoingNotice("N1", envelope, content))
    theirs = cast("dict[str, Any]", judge.callback(dict(sealed.headers), sealed.body.decode()))
    assert theirs["resource"]["out_trade_no"] == "XSJUDGE005"
    ours = read_notice(keys.merchant_credentials(), sealed.headers, sealed.body)
    assert ours.resource == content


async def test_certificates_are_fetched_and_are_the_platforms(utility: Utility) -> None:
    """With none at hand: who sealed them must hold our APIv3 key, who signed is one of them."""
    keys = load_or_create(utility.settings.data_dir)
    held = keys.merchant_credentials()
    bare = WeChatCredentials(
        held.mchid,
        held.appid,
        held.plan_id,
        held.merchant_serial,
        held.merchant_key,
        held.apiv3_keys,
        platform_keys={},
    )
    transport = WeChatTransport(bare, f"{utility.settings.local_url}/sandbox/wechat")
    found = await download(transport, bare)
    await transport.aclose()
    assert found == {keys.platform_serial: keys.platform_certificate}


@pytest.fixture
def alipay(utility: Utility) -> AliPay:
    keys = alipay_keys.load_or_create(utility.settings.data_dir)
    judge = AliPay(
        appid=alipay_keys.APP_ID,
        app_notify_url=NOTIFY,
        app_private_key_string=_pem(keys.app, serialization.PrivateFormat.TraditionalOpenSSL),
        alipay_public_key_string=_public(keys.alipay),
    )
    judge._gateway = f"{utility.settings.local_url}/sandbox/alipay/open/gateway.do"
    return judge


async def test_a_stranger_pays_and_refunds_at_alipay(utility: Utility, alipay: AliPay) -> None:
    async def call(method: str, **asked: str) -> dict[str, Any]:
        return await asyncio.to_thread(getattr(alipay, f"api_alipay_trade_{method}"), **asked)

    order = {"out_trade_no": "XSJUDGE006", "subject": "水费 {2026-10}"}
    page = (await call("precreate", total_amount="86.50", **order))["qr_code"]
    changed = await call("precreate", total_amount="1.00", **order)
    assert changed["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"
    assert (await call("query", out_trade_no="XSJUDGE006"))["code"] == "40004"  # nobody scanned
    await utility.act(page, "pay")
    assert (await call("query", out_trade_no="XSJUDGE006"))["trade_status"] == "TRADE_SUCCESS"
    refund = {"out_trade_no": "XSJUDGE006", "refund_amount": "6.50", "out_request_no": "RF1"}
    assert (await call("refund", **refund))["fund_change"] == "Y"
    assert (await call("refund", **refund))["fund_change"] == "N"
    told = await call("fastpay_refund_query", out_trade_no="XSJUDGE006", out_request_no="RF1")
    assert (told["refund_status"], told["refund_amount"]) == ("REFUND_SUCCESS", "6.50")


async def test_a_stranger_reads_alipays_notices_and_we_read_his_signature(
    utility: Utility, alipay: AliPay
) -> None:
    keys = alipay_keys.load_or_create(utility.settings.data_dir)
    envelope = {"notify_type": "trade_status_sync", "app_id": alipay_keys.APP_ID}
    content = {"out_trade_no": "XSJUDGE007", "total_amount": "86.50", "subject": "水费 a&b=c"}
    sealed = AlipaySeals(keys).seal(OutgoingNotice("N1", envelope, content))
    told = dict(parse_qsl(sealed.body.decode()))
    signature = told.pop("sign")
    assert alipay.verify(dict(told), signature)
    assert not alipay.verify({**told, "total_amount": "0.01"}, signature)
    # The judge signs as an application does; our verifier accepts it for that key.
    his = alipay._sign(signed_text(told, IN_NOTICES).decode())
    verify_any((keys.app.public_key(),), his, signed_text(told, IN_NOTICES))
