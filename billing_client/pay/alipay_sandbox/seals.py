"""How the simulated Alipay signs its notices, or what is wrong with them on demand."""

from datetime import datetime
from urllib.parse import urlencode

import httpx

from billing_client.pay.alipay.amounts import fen, yuan
from billing_client.pay.alipay.signature import IN_NOTICES, signed_text
from billing_client.pay.alipay.transport import SHANGHAI, alipay_time
from billing_client.pay.alipay_sandbox.keys import AlipaySandboxKeys
from billing_client.pay.alipay_sandbox.trades import SIMULATOR
from billing_client.pay.rsa import sign
from billing_client.pay.simulator.faults import Fault
from billing_client.pay.simulator.sealing import OutgoingNotice, Sealed

# Seconds between tries: 4 min, 10, 10, 1 h, 2, 6, 15; no guarantee after the last.
RETRY_SECONDS = (240, 600, 600, 3600, 7200, 21600, 54000)
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class AlipaySeals:
    name = SIMULATOR
    retry_seconds: tuple[float, ...] = RETRY_SECONDS

    def __init__(self, keys: AlipaySandboxKeys) -> None:
        self._keys = keys

    def seal(self, notice: OutgoingNotice) -> Sealed:
        fields = {
            "notify_time": alipay_time(datetime.now(SHANGHAI)),
            "notify_id": notice.notice_id,
            "charset": "utf-8",
            "version": "1.0",
            **notice.envelope,
            **notice.content,
        }
        if notice.fault is Fault.OTHER_AMOUNT and "total_amount" in fields:
            fields["total_amount"] = yuan(fen(fields["total_amount"]) + 1)
        key = self._keys.stranger if notice.fault is Fault.OTHER_SERIAL else self._keys.alipay
        signature = sign(key, signed_text(fields, IN_NOTICES))
        if notice.fault is Fault.TAMPERED:
            fields["charset"] = "gbk"
        if notice.fault is Fault.PROBE:
            signature = signature[::-1]
        signed = fields | {"sign": signature, "sign_type": "RSA2"}
        return Sealed(FORM, urlencode(signed).encode())

    def is_yes(self, answer: httpx.Response) -> bool:
        return answer.status_code == 200 and answer.text == "success"
