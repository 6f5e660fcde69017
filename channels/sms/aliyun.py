"""Aliyun's SMS service (Dysmsapi 2017-05-25), over aiohttp: SendSms and QuerySendDetails.

Its SDK would bring fourteen packages for two calls; in the tests it is the judge of ours.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import aiohttp
from yarl import URL

from channels.sms.aliyun_signing import authorization, canonical_query
from channels.sms.port import OutgoingSms, SmsLater, SmsRefused
from channels.sms.settings import AliyunSettings
from channels.sms.templates import ANSWER, SmsTemplate

VERSION = "2017-05-25"
SECONDS_PER_CALL = 10.0
NO_BODY = hashlib.sha256(b"").hexdigest()
CITY_TIME = ZoneInfo("Asia/Shanghai")
SINCE = timedelta(hours=1)  # an attempt without an answer was made within that time
OK = "OK"

# help.aliyun.com, 短信服务错误码. 流控 says per what in its message: 分钟级、小时级、天级.
LIMIT = "isv.BUSINESS_LIMIT_CONTROL"
PAUSES = {"分钟级": 60.0, "小时级": 3600.0}
NO_MONEY = frozenset({"isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE"})
NO_MONEY_PAUSE = 600.0
THROTTLED = "Throttling"
REFUSED = ("isv.", "InvalidPhoneNumber")  # all others of isv. are the message's or number's fault


class AliyunError(Exception):
    """A refusal that somebody has to put right (a wrong key), or a fault of theirs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


class Aliyun:
    name = "aliyun"

    def __init__(self, settings: AliyunSettings, templates: Mapping[str, SmsTemplate]) -> None:
        self._settings, self._templates = settings, templates
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS_PER_CALL))

    async def close(self) -> None:
        await self._session.close()

    async def send(self, sms: OutgoingSms) -> str:
        """By the topic's template. Raises ``SmsRefused`` when there is none."""
        template = self._templates.get(sms.topic or ANSWER) or self._templates.get(ANSWER)
        if template is None:
            raise SmsRefused("no registered template for it")
        values = template.filled({**(sms.fields or {}), "text": sms.text})
        query = {
            "PhoneNumbers": sms.phone,
            "SignName": self._settings.sign_name,
            "TemplateCode": template.code,
            "TemplateParam": json.dumps(values, ensure_ascii=False),
            "OutId": sms.out_id,
        }
        if self._settings.extension:
            query["SmsUpExtendCode"] = self._settings.extension
        try:
            answer = await self.call("SendSms", query)
        except AliyunError as error:
            raise _meaning(error) from None
        return str(answer["BizId"])

    async def find(self, sms: OutgoingSms) -> str | None:
        """Looks through the newest messages to the number for ours, around midnight in two days."""
        now = datetime.now(CITY_TIME)
        for day in sorted({now.date(), (now - SINCE).date()}, reverse=True):
            query = {
                "PhoneNumber": sms.phone,
                "SendDate": day.strftime("%Y%m%d"),
                "PageSize": "50",
                "CurrentPage": "1",
            }
            answer = await self.call("QuerySendDetails", query)
            found = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            if any(one.get("OutId") == sms.out_id for one in found):
                return sms.out_id
        return None

    async def call(self, action: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Raises ``AliyunError``, ``aiohttp.ClientError``, ``TimeoutError``."""
        settings = self._settings
        headers = {
            "host": urlsplit(settings.api_url).netloc,
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": NO_BODY,
        }
        headers["Authorization"] = authorization(
            settings.key_id, settings.key_secret, query, headers
        )
        url = URL(f"{settings.api_url}/?{canonical_query(query)}", encoded=True)
        async with self._session.post(url, headers=headers) as response:
            try:
                answer = await response.json(content_type=None)
                code = str(answer.get("Code", OK))
            except (ValueError, AttributeError):
                raise AliyunError(f"HTTP {response.status}", "no JSON") from None
        if code != OK:
            raise AliyunError(code, str(answer.get("Message", ""))[:200])
        return answer


def _meaning(error: AliyunError) -> Exception:
    if error.code == LIMIT:
        pause = next((PAUSES[word] for word in PAUSES if word in str(error)), None)
        return SmsLater(pause, str(error)) if pause else SmsRefused(str(error))
    if error.code in NO_MONEY:
        return SmsLater(NO_MONEY_PAUSE, str(error))
    if error.code.startswith(REFUSED):
        return SmsRefused(str(error))
    return SmsLater(5.0, str(error)) if error.code.startswith(THROTTLED) else error
