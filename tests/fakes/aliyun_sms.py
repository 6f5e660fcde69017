"""Aliyun's SMS service by hand: it verifies signatures, templates, limits; it pushes replies.

Facts: help.aliyun.com (V3 签名, SendSms, QuerySendDetails, 错误码, HTTP批量推送). The signature is
computed here once more, from what came over the wire.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections import Counter
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession, web

KEY_ID, KEY_SECRET, SIGN = "LTAI5tExampleKeyId0000", "ExampleSecret0000000000000000", "某市水务"
TEMPLATES = {
    "SMS_ANSWER": {"text"},
    "SMS_BILL": {"month", "fee"},
    "SMS_CODE": {"code"},
}
AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(\S+?),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})"
)
CLOCK_SECONDS = 900


class FakeAliyunSms:
    """``phones`` is what each number received; ``trouble`` codes for the next sendings.

    ``silent``: so many sendings are done and not answered.
    """

    def __init__(self) -> None:
        self.phones: dict[str, list[str]] = {}
        self.details: list[dict[str, Any]] = []
        self.trouble: list[tuple[str, str] | web.Response] = []
        self.silent = 0
        self.calls: Counter[str] = Counter()
        self._nonces: set[str] = set()
        self._numbers = count(9006)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/", self._call)
        return application

    async def _call(self, request: web.Request) -> web.StreamResponse:
        action = request.headers.get("x-acs-action", "")
        self.calls[action] += 1
        if refused := _refused(request, await request.read(), self._nonces):
            return web.json_response({"Code": refused, "Message": refused}, status=403)
        if action == "SendSms":
            return await self._send(dict(request.query))
        if action == "QuerySendDetails":
            return self._query(dict(request.query))
        return _answer("InvalidAction.NotFound", "no such action", status=404)

    async def _send(self, asked: dict[str, str]) -> web.StreamResponse:
        if self.trouble:
            trouble = self.trouble.pop(0)
            return trouble if isinstance(trouble, web.StreamResponse) else _answer(*trouble)
        if not re.fullmatch(r"1[3-9]\d{9}", asked.get("PhoneNumbers", "")):
            return _answer("isv.MOBILE_NUMBER_ILLEGAL", "invalid mobile number")
        if asked.get("SignName") != SIGN:
            return _answer("isv.SMS_SIGNATURE_ILLEGAL", "signature not registered")
        params = json.loads(asked.get("TemplateParam", "{}"))
        wanted = TEMPLATES.get(asked.get("TemplateCode", ""))
        if wanted is None:
            return _answer("isv.SMS_TEMPLATE_ILLEGAL", "template not registered")
        if not wanted <= params.keys():
            return _answer("isv.TEMPLATE_MISSING_PARAMETERS", "parameters missing")
        text = f"【{SIGN}】" + "，".join(str(params[name]) for name in sorted(wanted))
        number = f"{next(self._numbers)}^0"
        self.phones.setdefault(asked["PhoneNumbers"], []).append(text)
        detail = {
            "PhoneNum": asked["PhoneNumbers"],
            "Content": text,
            "OutId": asked.get("OutId", ""),
            "SendStatus": 3,
            "TemplateCode": asked["TemplateCode"],
            "BizId": number,
        }
        self.details.append(detail)
        if self.silent:
            self.silent -= 1
            await asyncio.sleep(60)
        return web.json_response({"Code": "OK", "Message": "OK", "BizId": number, "RequestId": "R"})

    def _query(self, asked: dict[str, str]) -> web.Response:
        if not re.fullmatch(r"\d{8}", asked.get("SendDate", "")) or int(asked["PageSize"]) > 50:
            return _answer("isv.INVALID_PARAMETERS", "SendDate or PageSize")
        found = [
            {name: value for name, value in one.items() if name != "BizId"}
            for one in self.details
            if one["PhoneNum"] == asked["PhoneNumber"]
        ]
        body = {"SmsSendDetailDTO": found}
        answer = {"Code": "OK", "Message": "OK", "RequestId": "R", "TotalCount": str(len(found))}
        return web.json_response({**answer, "SmsSendDetailDTOs": body})

    # what the platform pushes

    def up(self, phone: str, content: str, **more: object) -> dict[str, object]:
        number = f"{next(self._numbers)}"
        return {
            "phone_number": phone,
            "content": content,
            "send_time": "2026-11-25 10:00:00",
            "dest_code": "1234",
            "sequence_id": number,
            **more,
        }

    def report(self, detail: dict[str, Any], *, success: bool) -> dict[str, object]:
        return {
            "phone_number": detail["PhoneNum"],
            "send_time": "2026-11-25 10:00:00",
            "report_time": "2026-11-25 10:00:03",
            "success": success,
            "err_code": "DELIVERED" if success else "MK:0011",
            "err_msg": "用户接收成功" if success else "空号",
            "sms_size": "1",
            "biz_id": detail["BizId"],
            "out_id": detail["OutId"],
        }

    async def push(self, url: str, entries: object, tries: int = 4) -> bool:
        """As the platform: until it is taken, four times in all (here without the minutes)."""
        async with ClientSession() as session:
            for _ in range(tries):
                async with session.post(url, json=entries) as answer:
                    if answer.status == 200 and (await answer.json())["code"] == 0:
                        return True
        return False


def _refused(request: web.Request, body: bytes, nonces: set[str]) -> str | None:
    """The error code; None when the request is signed with our key, is fresh and is new."""
    match = AUTHORIZATION.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        return "MissingAuthorization"
    if match[1] != KEY_ID:
        return "InvalidAccessKeyId.NotFound"
    names = match[2].split(";")
    if names != sorted(names) or not {"host", "x-acs-action", "x-acs-date"} <= set(names):
        return "IncompleteSignature"
    digest = hashlib.sha256(body).hexdigest()
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(request.query[name], safe='-_.~')}"
        for name in sorted(request.query)
    )
    lines = [request.method, "/", query]
    lines += [f"{name}:{request.headers.get(name, '').strip()}" for name in names]
    canonical = "\n".join([*lines, "", match[2], digest])
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    expected = hmac.new(KEY_SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    if request.headers.get("x-acs-content-sha256") != digest or expected != match[3]:
        return "SignatureDoesNotMatch"
    at = datetime.strptime(request.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if abs((datetime.now(UTC) - at).total_seconds()) > CLOCK_SECONDS:
        return "InvalidTimeStamp.Expired"
    nonce = request.headers.get("x-acs-signature-nonce", "")
    if nonce in nonces:
        return "SignatureNonceUsed"
    nonces.add(nonce)
    return None


def _answer(code: str, message: str, status: int = 200) -> web.Response:
    return web.json_response({"Code": code, "Message": message, "RequestId": "R"}, status=status)
