"""WeChat Pay behind the payment port.

Native, JSAPI and H5 orders: pay.weixin.qq.com/doc/v3/merchant/4012791877 and 4012556352 (query,
close); refunds 4012709253; bills 4012556654.
"""

import json
import secrets
import time
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

from billing_client.pay.capabilities import Capabilities, Scene
from billing_client.pay.messages import (
    BillRow,
    Contract,
    Deduction,
    NewContract,
    NewOrder,
    Notice,
    NoticeAnswer,
    Refund,
    RefundResult,
    RefundState,
    Transaction,
    TransactionState,
)
from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.pay.wechat.contracts import WeChatContracts
from billing_client.pay.wechat.credentials import WeChatCredentials
from billing_client.pay.wechat.reading import (
    MISSING_CODES,
    read_notice,
    read_refund,
    read_transaction,
)
from billing_client.pay.wechat.signature import bridge_message, sign
from billing_client.pay.wechat.trade_bill import read_bill, unpack
from billing_client.pay.wechat.transport import OFFICIAL_URL, WeChatTransport

METHOD = "wechat"
# trade type in the path, and where the answer holds what the payer opens
TRADE_TYPES = {
    Scene.QR: ("native", "code_url"),
    Scene.PHONE_PAGE: ("h5", "h5_url"),
    Scene.IN_WECHAT: ("jsapi", "prepay_id"),
}
NO_BILL = "NO_STATEMENT_EXIST"  # a day without trade
LONGEST_REASON = 80


class WeChatPayProvider:
    """``notify_url`` takes https and no query; the sandbox alone takes http."""

    method = METHOD

    def __init__(
        self,
        credentials: WeChatCredentials,
        *,
        name: str,
        notify_url: str,
        base_url: str = OFFICIAL_URL,
        sandbox: bool = False,
    ) -> None:
        self.name = name
        self.can = Capabilities(
            scenes=frozenset(TRADE_TYPES),
            autopay=credentials.plan_id is not None,
            refund=True,
            trade_bill=True,
            sandbox=sandbox,
        )
        self._credentials = credentials
        self._notify_url = notify_url
        self._transport = WeChatTransport(credentials, base_url)
        self._contracts = WeChatContracts(credentials, self._transport, notify_url)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def create_order(self, order: NewOrder) -> str:
        trade_type, answered = TRADE_TYPES[order.scene]
        content: dict[str, Any] = {
            "appid": self._credentials.appid,
            "mchid": self._credentials.mchid,
            "description": order.description,
            "out_trade_no": order.order_no,
            "time_expire": order.expires_at.isoformat(timespec="seconds"),
            "notify_url": self._notify_url,
            "amount": {"total": order.amount_fen, "currency": "CNY"},
        }
        if order.scene is Scene.IN_WECHAT:
            content["payer"] = {"openid": order.payer}
        if order.scene is Scene.PHONE_PAGE:
            content["scene_info"] = {"payer_client_ip": order.payer, "h5_info": {"type": "Wap"}}
        answer = await self._transport.call("POST", f"/v3/pay/transactions/{trade_type}", content)
        return str(answer[answered])

    def bridge_parameters(self, prepay_id: str) -> dict[str, str]:
        """See ``PaysInWeChat``; the names are those of getBrandWCPayRequest."""
        appid, stamp = self._credentials.appid, str(int(time.time()))
        nonce, package = secrets.token_hex(16), f"prepay_id={prepay_id}"
        message = bridge_message(appid, stamp, nonce, package)
        return {
            "appId": appid,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": sign(self._credentials.merchant_key, message),
        }

    async def query(self, order_no: str, *, deduction: bool = False) -> Transaction:
        family = "papay/pay" if deduction else "pay"
        target = f"/v3/{family}/transactions/out-trade-no/{quote(order_no)}"
        try:
            answer = await self._transport.call("GET", f"{target}?mchid={self._credentials.mchid}")
        except ProviderRefused as refusal:
            if refusal.code in MISSING_CODES:
                return Transaction(order_no, TransactionState.MISSING)
            raise
        try:
            return read_transaction(answer)
        except (KeyError, ValueError) as error:
            raise OutcomeUnknown(f"unreadable answer: {error!r}") from error

    async def close(self, order_no: str) -> None:
        target = f"/v3/pay/transactions/out-trade-no/{quote(order_no)}/close"
        await self._transport.call("POST", target, {"mchid": self._credentials.mchid})

    async def move_money(self, movement: Deduction | Refund) -> None:
        if isinstance(movement, Deduction):
            await self._contracts.deduct(movement)
            return
        content = {
            "out_trade_no": movement.order_no,
            "out_refund_no": movement.refund_no,
            "reason": movement.reason[:LONGEST_REASON],
            "notify_url": self._notify_url,
            "amount": {
                "refund": movement.amount_fen,
                "total": movement.paid_fen,
                "currency": "CNY",
            },
        }
        await self._transport.call("POST", "/v3/refund/domestic/refunds", content)

    async def query_refund(self, refund: Refund) -> RefundResult:
        target = f"/v3/refund/domestic/refunds/{quote(refund.refund_no)}"
        try:
            return read_refund(await self._transport.call("GET", target))
        except ProviderRefused as refusal:
            if refusal.code in MISSING_CODES:
                return RefundResult(refund.refund_no, refund.order_no, RefundState.MISSING)
            raise
        except (KeyError, ValueError) as error:
            raise OutcomeUnknown(f"unreadable answer: {error!r}") from error

    async def presign(self, contract: NewContract) -> str:
        return await self._contracts.presign(contract)

    async def query_contract(self, contract_code: str) -> Contract:
        return await self._contracts.query(contract_code)

    async def end_contract(self, contract_code: str) -> None:
        await self._contracts.end(contract_code)

    async def trade_bill(self, day: date) -> tuple[BillRow, ...]:
        """Made at 9, to be fetched from 10 o'clock of the next day, for three months."""
        target = f"/v3/bill/tradebill?bill_date={day:%Y-%m-%d}&bill_type=ALL&tar_type=GZIP"
        try:
            answer = await self._transport.call("GET", target)
        except ProviderRefused as refusal:
            if refusal.code == NO_BILL:
                return ()
            raise
        packed = await self._transport.download(str(answer["download_url"]))
        return read_bill(unpack(packed, str(answer["hash_value"])))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return read_notice(self._credentials, headers, body)

    def answer_notice(self, status: int, reason: str = "") -> NoticeAnswer:
        """The status decides; a body is wanted with a no (apiv3/apis/chapter3_1_11)."""
        if status < 300:
            return NoticeAnswer(204)
        body = json.dumps({"code": "FAIL", "message": reason}, ensure_ascii=False)
        return NoticeAnswer(status, body, "application/json")
