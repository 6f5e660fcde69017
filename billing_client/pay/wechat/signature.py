"""Signing, verifying and decrypting as WeChat Pay API v3 does.

Rules: pay.weixin.qq.com/doc/v3/merchant/4012365336 (requests) and 4012365350 (answers,
notices). Each line of a signed message ends with a line feed, the last one too.
"""

import base64
import contextlib
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from billing_client.pay.rsa import SignatureRefused, sign, verify

SCHEME = "WECHATPAY2-SHA256-RSA2048"
# wechatpay-java: WechatPay2Validator.RESPONSE_EXPIRED_MINUTES = 5
TOLERANCE_SECONDS = 300
# WeChat sends broken signatures with this head to see whether a merchant verifies.
PROBE = "WECHATPAY/SIGNTEST/"
AEAD_ALGORITHM = "AEAD_AES_256_GCM"


def request_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """What a merchant signs. ``target`` is path and query exactly as sent."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What WeChat Pay signs: answers and notices."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def bridge_message(appid: str, timestamp: str, nonce: str, package: str) -> bytes:
    """What a page inside WeChat shows signed: four lines (doc/v3/merchant/4012365352)."""
    return f"{appid}\n{timestamp}\n{nonce}\n{package}\n".encode()


def authorization(
    key: RSAPrivateKey, mchid: str, serial: str, method: str, target: str, body: bytes
) -> str:
    """The Authorization header of one request; the nonce is new each time."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    signature = sign(key, request_message(method, target, timestamp, nonce, body))
    return (
        f'{SCHEME} mchid="{mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{serial}",signature="{signature}"'
    )


def verify_answer(
    keys: Mapping[str, RSAPublicKey], headers: Mapping[str, str], body: bytes
) -> None:
    """Verify an answer or notice by its ``Wechatpay-*`` headers over the raw bytes.

    ``keys`` maps serials (or ``PUB_KEY_ID_…``) to keys and is never filled from here:
    a message must not be able to make us fetch the key that vouches for it.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        timestamp, nonce, signature, serial = (
            lower[f"wechatpay-{name}"] for name in ("timestamp", "nonce", "signature", "serial")
        )
    except KeyError as error:
        raise SignatureRefused(f"missing header {error}") from error
    _check_form(timestamp, signature, lower.get("wechatpay-signature-type", SCHEME))
    key = keys.get(serial.upper())
    if key is None:
        raise SignatureRefused("unknown serial")
    verify(key, signature, answer_message(timestamp, nonce, body))


def _check_form(timestamp: str, signature: str, scheme: str) -> None:
    if scheme != SCHEME:
        raise SignatureRefused("unknown signature type")
    if signature.startswith(PROBE):
        raise SignatureRefused("signature probe")
    if not timestamp.isascii() or not timestamp.isdigit():
        raise SignatureRefused("bad timestamp")
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused("stale timestamp")


def encrypt(apiv3_key: bytes, content: bytes, associated_data: str) -> dict[str, str]:
    """A ``resource`` as the provider builds it: AES-256-GCM, tag behind the ciphertext."""
    nonce = secrets.token_hex(6)  # 12 ASCII characters
    sealed = AESGCM(apiv3_key).encrypt(nonce.encode(), content, associated_data.encode())
    return {
        "algorithm": AEAD_ALGORITHM,
        "nonce": nonce,
        "associated_data": associated_data,
        "ciphertext": base64.b64encode(sealed).decode(),
    }


def decrypt(apiv3_keys: Iterable[bytes], resource: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a ``resource``; raises ``SignatureRefused`` when no key opens it."""
    try:
        content = json.loads(unseal(apiv3_keys, resource))
    except ValueError as error:
        raise SignatureRefused("resource is not JSON") from error
    if not isinstance(content, dict):
        raise SignatureRefused("resource is not an object")
    return content


def unseal(apiv3_keys: Iterable[bytes], resource: Mapping[str, Any]) -> bytes:
    """What was sealed with one of the keys. Raises ``SignatureRefused``."""
    if resource.get("algorithm") != AEAD_ALGORITHM:
        raise SignatureRefused("unknown algorithm")
    try:
        nonce = str(resource["nonce"]).encode()
        sealed = base64.b64decode(str(resource["ciphertext"]), validate=True)
        associated = str(resource.get("associated_data") or "").encode()
        return _open(apiv3_keys, nonce, sealed, associated)
    except (KeyError, ValueError) as error:
        raise SignatureRefused("resource does not open") from error


def _open(keys: Iterable[bytes], nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    for key in keys:
        with contextlib.suppress(InvalidTag):
            return AESGCM(key).decrypt(nonce, sealed, associated)
    raise SignatureRefused("resource does not open")
