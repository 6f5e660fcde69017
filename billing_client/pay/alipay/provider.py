"""Alipay behind the payment port: precreate (QR), wap pay, query, close, refund, bills.

Methods and fields: opendocs.alipay.com, alipay.trade.*. Amounts are yuan strings there.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from billing_client.pay.alipay.agreements import AlipayAgreements
from billing_client.pay.alipay.amounts import fen, yuan
from billing_client.pay.alipay.credentials import AlipayCredentials
from billing_client.pay.alipay.reading import read_notice, read_trade
from billing_client.pay.alipay.trade_bill import read_bill
from billing_client.pay.alipay.transport import OFFICIAL_URL, AlipayTransport, alipay_time
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

METHOD = "alipay"
TRADE_MISSING = "ACQ.TRADE_NOT_EXIST"
NO_BILL = "isp.bill_not_exist"  # a day without trade
WAP_PRODUCT = "QUICK_WAP_WAY"


class AlipayProvider:
    """``notify_url`` is told with each call; Alipay posts forms to it.

    ``page_url`` is the gateway as payers' browsers find it, where that is another address.
    """

    method = METHOD

    def __init__(
        self,
        credentials: AlipayCredentials,
        *,
        name: str,
        notify_url: str,
        base_url: str = OFFICIAL_URL,
        page_url: str | None = None,
        sandbox: bool = False,
    ) -> None:
        self.name = name
        self.can = Capabilities(
            scenes=frozenset({Scene.QR, Scene.PHONE_PAGE}),
            autopay=credentials.sign_scene is not None,
            refund=True,
            trade_bill=True,
            sandbox=sandbox,
        )
        self._credentials = credentials
        self._notify_url = notify_url
        self._transport = AlipayTransport(credentials, base_url, page_url)
        self._agreements = AlipayAgreements(credentials, self._transport, notify_url)

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def create_order(self, order: NewOrder) -> str:
        """For a phone's page no call is made: its address, signed, makes the order when opened."""
        content: dict[str, Any] = {
            "out_trade_no": order.order_no,
            "total_amount": yuan(order.amount_fen),
            "subject": order.description,
            "time_expire": alipay_time(order.expires_at),
        }
        told = {"notify_url": self._notify_url}
        if order.scene is Scene.PHONE_PAGE:
            content["product_code"] = WAP_PRODUCT
            return self._transport.page("alipay.trade.wap.pay", content, **told)
        answer = await self._transport.call("alipay.trade.precreate", content, **told)
        return str(answer["qr_code"])

    async def query(self, order_no: str, *, deduction: bool = False) -> Transaction:
        """A code that nobody scanned yet is told as missing; so is an order never made."""
        content = {"out_trade_no": order_no}
        try:
            return read_trade(await self._transport.call("alipay.trade.query", content))
        except ProviderRefused as refusal:
            if refusal.code == TRADE_MISSING:
                return Transaction(order_no, TransactionState.MISSING)
            raise
        except (KeyError, ValueError) as error:
            raise OutcomeUnknown(f"unreadable answer: {error!r}") from error

    async def close(self, order_no: str) -> None:
        """Refused when paid, and when nobody scanned the code, which then dies by its time."""
        await self._transport.call("alipay.trade.close", {"out_trade_no": order_no})

    async def move_money(self, movement: Deduction | Refund) -> None:
        if isinstance(movement, Deduction):
            await self._agreements.deduct(movement)
            return
        content = {
            "out_trade_no": movement.order_no,
            "out_request_no": movement.refund_no,
            "refund_amount": yuan(movement.amount_fen),
            "refund_reason": movement.reason,
        }
        await self._transport.call("alipay.trade.refund", content)

    async def query_refund(self, refund: Refund) -> RefundResult:
        content = {"out_trade_no": refund.order_no, "out_request_no": refund.refund_no}
        try:
            answer = await self._transport.call("alipay.trade.fastpay.refund.query", content)
        except ProviderRefused as refusal:
            if refusal.code == TRADE_MISSING:
                return RefundResult(refund.refund_no, refund.order_no, RefundState.MISSING)
            raise
        # An answer without a status knows of no such refund: it may be asked for again.
        if answer.get("refund_status") != "REFUND_SUCCESS":
            return RefundResult(refund.refund_no, refund.order_no, RefundState.MISSING)
        try:
            amount_fen = fen(str(answer["refund_amount"]))
        except (KeyError, ValueError) as error:
            raise OutcomeUnknown(f"unreadable answer: {error!r}") from error
        return RefundResult(refund.refund_no, refund.order_no, RefundState.DONE, amount_fen)

    async def presign(self, contract: NewContract) -> str:
        return self._agreements.sign_page(contract)

    async def query_contract(self, contract_code: str) -> Contract:
        return await self._agreements.query(contract_code)

    async def end_contract(self, contract_code: str) -> None:
        await self._agreements.end(contract_code)

    async def trade_bill(self, day: date) -> tuple[BillRow, ...]:
        """Made in the morning of the next day; its address lives for 30 seconds."""
        content = {"bill_type": "trade", "bill_date": f"{day:%Y-%m-%d}"}
        method = "alipay.data.dataservice.bill.downloadurl.query"
        try:
            answer = await self._transport.call(method, content)
        except ProviderRefused as refusal:
            if refusal.code == NO_BILL:
                return ()
            raise
        return read_bill(await self._transport.download(str(answer["bill_download_url"])))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return read_notice(self._credentials, body)

    def answer_notice(self, status: int, reason: str = "") -> NoticeAnswer:
        """The seven letters ``success`` are a yes, anything else is sent again."""
        if status < 300:
            return NoticeAnswer(200, "success")
        return NoticeAnswer(status, "failure")
