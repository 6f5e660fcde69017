"""One signed call to WeChat Pay, with its answer verified before anyone reads it."""

import json
from typing import Any

import httpx

from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.signature import SignatureRefused, authorization, verify_answer

OFFICIAL_URL = "https://api.mch.weixin.qq.com"  # doc/v3/merchant/4012556352
TIMEOUT = httpx.Timeout(10, connect=3)
LARGEST_ANSWER_BYTES = 1_000_000
# Codes that say nothing about the outcome; spellings differ between the pages of the manual.
UNSETTLED_CODES = {
    "SYSTEM_ERROR",
    "SYSTEMERROR",
    "BANK_ERROR",
    "BANKERROR",
    "FREQUENCY_LIMITED",
    "RATELIMIT_EXCEEDED",
}


class WeChatTransport:
    """``base_url`` may carry a path (a proxy's); what is signed begins at ``/v3``."""

    def __init__(self, credentials: WeChatCredentials, base_url: str = OFFICIAL_URL) -> None:
        self._credentials = credentials
        self._base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def call(
        self, method: str, target: str, content: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The verified answer, ``{}`` for 204.

        Raises ``ProviderRefused`` for a 4xx, ``OutcomeUnknown`` when nothing that can
        be trusted came back.
        """
        # Serialised once: the bytes that are signed are the bytes that are sent.
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        try:
            answer = await self._http.request(
                method,
                self._base_url + target,
                content=body,
                headers=self._headers(method, target, body),
            )
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        return self._read(answer)

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        mine = self._credentials
        return {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "xiaoshui",
            "Wechatpay-Serial": mine.preferred_serial,
            "Authorization": authorization(
                mine.merchant_key, mine.mchid, mine.merchant_serial, method, target, body
            ),
        }

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code >= 300:
            _raise_for(answer)
        if len(answer.content) > LARGEST_ANSWER_BYTES:
            raise OutcomeUnknown("answer too large")
        try:
            verify_answer(self._credentials.platform_keys, answer.headers, answer.content)
        except SignatureRefused as error:
            raise OutcomeUnknown(f"answer not verified: {error}") from error
        return answer.json() if answer.content else {}


def _raise_for(answer: httpx.Response) -> None:
    """Errors may come unsigned, so they are never taken as proof of a payment."""
    try:
        told = answer.json()
    except ValueError:
        told = {}
    code = str(told.get("code", answer.status_code)) if isinstance(told, dict) else "BROKEN"
    if answer.status_code >= 500 or answer.status_code == 429 or code in UNSETTLED_CODES:
        raise OutcomeUnknown(code)
    raise ProviderRefused(code, str(told.get("message", "")) if isinstance(told, dict) else "")
