"""One signed call to WeChat Pay, with its answer verified before anyone reads it."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from billing_client.pay.addresses import AddressRefused, allowed, origin
from billing_client.pay.port import NumberTaken, OutcomeUnknown, ProviderRefused
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.signature import SignatureRefused, authorization, verify_answer

OFFICIAL_URL = "https://api.mch.weixin.qq.com"  # doc/v3/merchant/4012556352
BACKUP_URL = "https://api2.mch.weixin.qq.com"  # bills may lie there
TIMEOUT = httpx.Timeout(10, connect=3)
LARGEST_ANSWER_BYTES = 1_000_000
LARGEST_BILL_BYTES = 200_000_000  # packed; a row of a bill is about 300 bytes
# Codes that say nothing about the outcome; spellings differ between the pages of the manual.
UNSETTLED_CODES = {
    "SYSTEM_ERROR",
    "SYSTEMERROR",
    "BANK_ERROR",
    "BANKERROR",
    "FREQUENCY_LIMITED",
    "RATELIMIT_EXCEEDED",
}
# The number is taken or paid: only a query tells (chapter3_4_3).
TAKEN_CODES = {"ORDERPAID", "OUT_TRADE_NO_USED", "INVALID_REQUEST", "ORDER_CLOSED", "USERPAYING"}


class WeChatTransport:
    """``base_url`` may carry a path (a proxy's); what is signed begins at ``/v3``."""

    def __init__(self, credentials: WeChatCredentials, base_url: str = OFFICIAL_URL) -> None:
        self._credentials = credentials
        self._base_url = base_url.rstrip("/")
        official = self._base_url == OFFICIAL_URL
        self._origins = (OFFICIAL_URL, BACKUP_URL) if official else (origin(self._base_url),)
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
        answer = await self.send(method, target, body)
        try:
            verify_answer(self._credentials.platform_keys, answer.headers, answer.content)
        except SignatureRefused as error:
            raise OutcomeUnknown(f"answer not verified: {error}") from error
        return answer.json() if answer.content else {}

    async def send(self, method: str, target: str, body: bytes = b"") -> httpx.Response:
        """A successful answer, not verified yet."""
        url = self._base_url + target
        answer = await self._request(method, url, target, body)
        if len(answer.content) > LARGEST_ANSWER_BYTES:
            raise OutcomeUnknown("answer too large")
        return answer

    async def download(self, url: str) -> bytes:
        """A file, from WeChat's own hosts alone. It is not signed: its hash is (chapter5_1_19)."""
        try:
            parts = urlsplit(allowed(url, self._origins))
        except AddressRefused as error:
            raise OutcomeUnknown(f"a bill lies at a foreign address {error}") from error
        path = parts.path[parts.path.index("/v3/") :] if "/v3/" in parts.path else parts.path
        target = f"{path}?{parts.query}" if parts.query else path
        answer = await self._request("GET", url, target, b"")
        if len(answer.content) > LARGEST_BILL_BYTES:
            raise OutcomeUnknown("bill too large")
        return answer.content

    async def _request(self, method: str, url: str, target: str, body: bytes) -> httpx.Response:
        headers = self._headers(method, target, body)
        try:
            answer = await self._http.request(method, url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        if answer.status_code >= 300:
            _raise_for(answer)
        return answer

    def _headers(self, method: str, target: str, body: bytes) -> dict[str, str]:
        mine = self._credentials
        wanted = mine.preferred_serial
        return ({"Wechatpay-Serial": wanted} if wanted else {}) | {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": "xiaoshui",
            "Authorization": authorization(
                mine.merchant_key, mine.mchid, mine.merchant_serial, method, target, body
            ),
        }


def _raise_for(answer: httpx.Response) -> None:
    """Errors may come unsigned, so they are never taken as proof of a payment."""
    try:
        told = answer.json()
    except ValueError:
        told = {}
    code = str(told.get("code", answer.status_code)) if isinstance(told, dict) else "BROKEN"
    if answer.status_code >= 500 or answer.status_code == 429 or code in UNSETTLED_CODES:
        raise OutcomeUnknown(code)
    kind = NumberTaken if code in TAKEN_CODES else ProviderRefused
    raise kind(code, str(told.get("message", "")) if isinstance(told, dict) else "")
