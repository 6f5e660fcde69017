"""Signed calls to Alipay's gateway, with the answer verified before anyone reads it."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx

from billing_client.pay.addresses import AddressRefused, allowed, origin
from billing_client.pay.alipay.credentials import AlipayCredentials
from billing_client.pay.alipay.signature import IN_REQUESTS, signed_text, verify_answer
from billing_client.pay.port import NumberTaken, OutcomeUnknown, ProviderRefused
from billing_client.pay.rsa import SignatureRefused, sign

OFFICIAL_URL = "https://openapi.alipay.com/gateway.do"
BILL_ORIGIN = "https://dwbillcenter.alipay.com"  # where bill_download_url points
SHANGHAI = ZoneInfo("Asia/Shanghai")
TIMEOUT = httpx.Timeout(10, connect=3)
LARGEST_ANSWER_BYTES = 1_000_000
LARGEST_BILL_BYTES = 200_000_000
OK, IN_PROGRESS, UNKNOWN = "10000", "10003", "20000"
UNSETTLED_CODES = {"ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}
TAKEN_CODES = {"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.CONTEXT_INCONSISTENT"}


def alipay_time(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


class AlipayTransport:
    def __init__(
        self,
        credentials: AlipayCredentials,
        base_url: str = OFFICIAL_URL,
        page_url: str | None = None,
    ) -> None:
        self._credentials = credentials
        self._base_url = base_url
        self._page_url = page_url or base_url
        self._bills_at = BILL_ORIGIN if base_url == OFFICIAL_URL else origin(base_url)
        self._http = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    def signed(self, method: str, content: dict[str, Any], **others: str) -> dict[str, str]:
        """All parameters of a call; ``others`` are notify_url and return_url."""
        parameters = {
            "app_id": self._credentials.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": alipay_time(datetime.now(SHANGHAI)),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **others,
        }
        text = signed_text(parameters, IN_REQUESTS)
        return parameters | {"sign": sign(self._credentials.app_key, text)}

    def page(self, method: str, content: dict[str, Any], **others: str) -> str:
        """The address that the payer's browser opens instead of us calling."""
        return f"{self._page_url}?{urlencode(self.signed(method, content, **others))}"

    async def call(self, method: str, content: dict[str, Any], **others: str) -> dict[str, Any]:
        """The verified inner object, code 10000 or 10003.

        Raises ``ProviderRefused`` for a no, ``OutcomeUnknown`` when nothing that can be
        trusted came back.
        """
        body = urlencode(self.signed(method, content, **others))
        form = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        answer = await self._request("POST", self._base_url, content=body, headers=form)
        if len(answer.content) > LARGEST_ANSWER_BYTES:
            raise OutcomeUnknown("answer too large")
        return self._read(answer.text, method.replace(".", "_") + "_response")

    async def download(self, url: str) -> bytes:
        """A file, from Alipay's own host alone; the address lives for 30 seconds."""
        if url.startswith("http://") and self._bills_at == BILL_ORIGIN:
            url = "https://" + url.removeprefix("http://")
        try:
            answer = await self._request("GET", allowed(url, (self._bills_at,)))
        except AddressRefused as error:
            raise OutcomeUnknown(f"a bill lies at a foreign address {error}") from error
        if len(answer.content) > LARGEST_BILL_BYTES:
            raise OutcomeUnknown("bill too large")
        return answer.content

    async def _request(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            answer = await self._http.request(method, url, **options)
        except httpx.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        if answer.status_code != 200:
            raise OutcomeUnknown(f"HTTP {answer.status_code}")
        return answer

    def _read(self, text: str, name: str) -> dict[str, Any]:
        if f'"{name}"' not in text:
            raise _refusal(text)
        try:
            content = verify_answer(self._credentials.alipay_keys, text, name)
        except SignatureRefused as error:
            raise OutcomeUnknown(f"answer not verified: {error}") from error
        code, sub_code = str(content.get("code")), str(content.get("sub_code", ""))
        if code in (OK, IN_PROGRESS):
            return content
        if code == UNKNOWN or sub_code in UNSETTLED_CODES:
            raise OutcomeUnknown(sub_code or code)
        kind = NumberTaken if sub_code in TAKEN_CODES else ProviderRefused
        raise kind(sub_code or code, str(content.get("sub_msg", "")))


def _refusal(text: str) -> Exception:
    """``error_response`` may come unsigned, so it is never taken as proof of anything."""
    try:
        told = json.loads(text)["error_response"]
        return ProviderRefused(str(told.get("sub_code") or told["code"]), str(told.get("sub_msg")))
    except (KeyError, TypeError, ValueError, AttributeError):
        return OutcomeUnknown("unreadable answer")
