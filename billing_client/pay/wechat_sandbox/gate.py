"""The sandbox's gate: nothing unsigned comes in, nothing that succeeds goes out unsigned."""

import json
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.wechat.signature import (
    SCHEME,
    TOLERANCE_SECONDS,
    SignatureRefused,
    answer_message,
    request_message,
    sign,
    verify,
)
from billing_client.pay.wechat_sandbox.answers import Refusal
from billing_client.pay.wechat_sandbox.keys import MCHID, PUBLIC_KEY_ID, SandboxKeys
from billing_client.pay.wechat_sandbox.store import used_nonce

UNSIGNED = web.ResponseKey(
    "unsigned", bool
)  # set on an answer that the real service does not sign either
ITEMS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}
NONCE_MEMORY = timedelta(seconds=2 * TOLERANCE_SECONDS)


def signed_headers(keys: SandboxKeys, body: bytes, wanted: str | None = None) -> dict[str, str]:
    """Headers of an answer or notice, by the key the request asked for."""
    certificate = wanted is not None and not wanted.startswith("PUB_KEY_ID_")
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": keys.platform_serial if certificate else PUBLIC_KEY_ID,
        "Wechatpay-Signature": sign(keys.platform_key, answer_message(timestamp, nonce, body)),
        "Wechatpay-Signature-Type": SCHEME,
    }


def middleware(engine: AsyncEngine, keys: SandboxKeys):
    """Check Authorization, answer refusals, sign what succeeds."""

    @web.middleware
    async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            await _admit(engine, keys, request)
            answer = await handler(request)
        except Refusal as refusal:
            told = {"code": refusal.code, "message": refusal.message}
            return web.json_response(told, status=refusal.status)
        if isinstance(answer, web.Response) and not answer.get(UNSIGNED):
            body = answer.body if isinstance(answer.body, bytes) else b""
            # Who names no key is an old merchant, and knows the certificate alone.
            wanted = request.headers.get("Wechatpay-Serial", keys.platform_serial)
            answer.headers.update(signed_headers(keys, body, wanted))
        return answer

    return gate


async def _admit(engine: AsyncEngine, keys: SandboxKeys, request: web.Request) -> None:
    items = _items(request.headers.get("Authorization", ""))
    if items["mchid"] != MCHID or items["serial_no"].upper() != keys.merchant_serial:
        raise Refusal(401, "SIGN_ERROR", "商户号或证书序列号不匹配")
    stamp = items["timestamp"]
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        raise Refusal(401, "SIGN_ERROR", "timestamp与发起请求的时间不得超过5分钟")
    # What is signed begins at /v3: the host of the real service has no path before it.
    target = request.raw_path[request.raw_path.index("/v3/") :]
    body = await request.read()
    message = request_message(request.method, target, stamp, items["nonce_str"], body)
    try:
        verify(keys.merchant_key.public_key(), items["signature"], message)
    except SignatureRefused as error:
        raise Refusal(401, "SIGN_ERROR", "错误的签名，验签失败") from error
    await _remember(engine, items["nonce_str"])


def _items(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    items = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    if scheme != SCHEME or items.keys() < ITEMS:
        raise Refusal(401, "SIGN_ERROR", "Http头Authorization值格式错误")
    return items


async def _remember(engine: AsyncEngine, nonce: str) -> None:
    async with engine.begin() as connection:
        kept = upsert(used_nonce).values(nonce=nonce).on_conflict_do_nothing()
        if await connection.scalar(kept.returning(used_nonce.c.nonce)) is None:
            raise Refusal(401, "SIGN_ERROR", "请求重放：nonce_str已使用")
        if secrets.randbelow(100) == 0:
            old = datetime.now(UTC) - NONCE_MEMORY
            await connection.execute(delete(used_nonce).where(used_nonce.c.at < old))


def json_answer(content: Mapping[str, object]) -> web.Response:
    """UTF-8 JSON as bytes, so that the bytes signed are the bytes sent."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return web.Response(body=body, content_type="application/json")
