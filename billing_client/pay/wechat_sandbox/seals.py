"""How the simulated WeChat Pay seals its notices: encrypted, signed, or faulty on demand."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from billing_client.pay.simulator.faults import Fault
from billing_client.pay.simulator.sealing import OutgoingNotice, Sealed
from billing_client.pay.wechat.signature import PROBE, encrypt
from billing_client.pay.wechat_sandbox.gate import signed_headers
from billing_client.pay.wechat_sandbox.keys import SandboxKeys
from billing_client.pay.wechat_sandbox.trades import SIMULATOR, wechat_time

# Seconds between tries, apiv3/apis/chapter3_1_11; no guarantee after the last.
RETRY_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600) + 3 * (10800,) + 2 * (21600,)
UNKNOWN_SERIAL = "0000000000000000000000000000000000000000"


class WeChatSeals:
    """``by_certificate``: signed under the certificate's serial, not under the public key's id."""

    name = SIMULATOR
    retry_seconds: tuple[float, ...] = RETRY_SECONDS

    def __init__(self, keys: SandboxKeys, *, by_certificate: bool = False) -> None:
        self._keys = keys
        self._serial = keys.platform_serial if by_certificate else None

    def seal(self, notice: OutgoingNotice) -> Sealed:
        content = _other_amount(notice.content) if notice.fault is Fault.OTHER_AMOUNT else None
        body = self._body(notice, content or notice.content)
        headers = signed_headers(self._keys, body, self._serial)
        headers |= {"Content-Type": "application/json"}
        if notice.fault is Fault.TAMPERED:
            body = body.replace(b'"summary"', b'"summary_"')
        if notice.fault is Fault.OTHER_SERIAL:
            headers |= {"Wechatpay-Serial": UNKNOWN_SERIAL}
        if notice.fault is Fault.PROBE:
            headers |= {"Wechatpay-Signature": PROBE + headers["Wechatpay-Signature"]}
        return Sealed(headers, body)

    def _body(self, notice: OutgoingNotice, content: Mapping[str, Any]) -> bytes:
        original_type = str(notice.envelope["original_type"])
        plain = json.dumps(content, ensure_ascii=False).encode()
        resource = encrypt(self._keys.apiv3_key, plain, original_type)
        envelope = {
            "id": notice.notice_id,
            "create_time": wechat_time(datetime.now(UTC)),
            "resource_type": "encrypt-resource",
            "event_type": notice.envelope["event_type"],
            "summary": notice.envelope["summary"],
            "resource": resource | {"original_type": original_type},
        }
        return json.dumps(envelope, ensure_ascii=False).encode()

    def is_yes(self, answer: httpx.Response) -> bool:
        return answer.status_code in (200, 204)


def _other_amount(content: Mapping[str, Any]) -> dict[str, Any]:
    amount = dict(content.get("amount") or {})
    return {**content, "amount": amount | {"total": amount.get("total", 0) + 1}}
