"""Our cryptography against an independent judge (wechatpayv3) and against forgeries."""

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from wechatpayv3 import WeChatPay, WeChatPayType

from billing_client.pay.messages import TransactionState
from billing_client.pay.port import NoticeRefused
from billing_client.pay.wechat.reading import read_notice
from billing_client.pay.wechat.signature import (
    PROBE,
    SignatureRefused,
    answer_message,
    decrypt,
    encrypt,
    sign,
)
from billing_client.pay.wechat_sandbox.gate import signed_headers
from billing_client.pay.wechat_sandbox.keys import (
    APPID,
    MCHID,
    PUBLIC_KEY_ID,
    SandboxKeys,
    load_or_create,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxKeys]:
    yield load_or_create(tmp_path_factory.mktemp("keys"))


def judge(keys: SandboxKeys) -> WeChatPay:
    """Somebody else's implementation of the merchant's side."""
    public = keys.platform_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = keys.merchant_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCHID,
        private_key=private.decode(),
        cert_serial_no=keys.merchant_serial,
        appid=APPID,
        apiv3_key=keys.apiv3_key.decode(),
        public_key=public.decode(),
        public_key_id=PUBLIC_KEY_ID,
        notify_url="https://water.example/pay/notify/wechat",
    )


def envelope(keys: SandboxKeys, **changes: Any) -> bytes:
    transaction = {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": "XS20261124000001",
        "transaction_id": "4200001",
        "trade_state": "SUCCESS",
        "amount": {"total": 8650, "currency": "CNY"},
    } | changes
    content = json.dumps(transaction, ensure_ascii=False).encode()
    resource = encrypt(keys.apiv3_key, content, "transaction")
    notice = {
        "id": secrets.token_hex(16),
        "create_time": "2026-11-24T12:00:00+08:00",
        "event_type": "TRANSACTION.SUCCESS",
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": resource | {"original_type": "transaction"},
    }
    return json.dumps(notice, ensure_ascii=False).encode()


def test_the_judge_reads_what_the_sandbox_signs(keys: SandboxKeys) -> None:
    body = envelope(keys)
    read = judge(keys).callback(signed_headers(keys, body), body)
    assert isinstance(read, dict)
    assert read["resource"]["out_trade_no"] == "XS20261124000001"


def test_our_client_reads_what_the_sandbox_signs(keys: SandboxKeys) -> None:
    body = envelope(keys)
    notice = read_notice(keys.merchant_credentials(), signed_headers(keys, body), body)
    assert notice.transaction is not None
    assert notice.transaction.state is TransactionState.PAID
    assert (notice.transaction.amount_fen, notice.transaction.provider_txn) == (8650, "4200001")


def _resigned(keys: SandboxKeys, body: bytes, **changes: str) -> dict[str, str]:
    """Headers with changes, and a signature that fits them."""
    headers = signed_headers(keys, body) | changes
    message = answer_message(headers["Wechatpay-Timestamp"], headers["Wechatpay-Nonce"], body)
    return headers | {"Wechatpay-Signature": sign(keys.platform_key, message)}


def test_forged_notices_are_refused(keys: SandboxKeys) -> None:
    body = envelope(keys)
    good = signed_headers(keys, body)
    old = str(int(time.time()) - 301)
    forgeries = {
        "tampered": (good, body.replace("支付成功".encode(), "支付成 功".encode())),
        "old": (_resigned(keys, body, **{"Wechatpay-Timestamp": old}), body),
        "serial": (_resigned(keys, body, **{"Wechatpay-Serial": "PUB_KEY_ID_OTHER"}), body),
        "probe": (good | {"Wechatpay-Signature": PROBE + good["Wechatpay-Signature"]}, body),
        "scheme": (good | {"Wechatpay-Signature-Type": "NONE"}, body),
        "unsigned": ({}, body),
    }
    for name, (headers, forged) in forgeries.items():
        with pytest.raises(NoticeRefused):
            read_notice(keys.merchant_credentials(), headers, forged)
            pytest.fail(f"{name} was let in")


@pytest.mark.parametrize("changes", [{"mchid": "1900000002"}, {"appid": "wx9"}])
def test_a_notice_for_another_merchant_is_refused(
    keys: SandboxKeys, changes: dict[str, str]
) -> None:
    body = envelope(keys, **changes)
    with pytest.raises(NoticeRefused):
        read_notice(keys.merchant_credentials(), signed_headers(keys, body), body)


def test_a_resource_opens_with_its_own_key_and_context_only(keys: SandboxKeys) -> None:
    resource = encrypt(keys.apiv3_key, b'{"a": 1}', "transaction")
    assert decrypt((keys.apiv3_key,), resource) == {"a": 1}
    for key, changed in (
        (b"0" * 32, resource),
        (keys.apiv3_key, resource | {"associated_data": "refund"}),
        (keys.apiv3_key, resource | {"algorithm": "NONE"}),
    ):
        with pytest.raises(SignatureRefused):
            decrypt((key,), changed)


def test_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = load_or_create(tmp_path), load_or_create(tmp_path)
    assert first.platform_serial == second.platform_serial
    for path in (tmp_path / "sandbox_keys").glob("*_key*"):
        assert path.stat().st_mode & 0o077 == 0
