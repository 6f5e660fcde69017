"""The gateway's methods, one function each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.alipay_sandbox import agreements, refunds, trades
from billing_client.pay.alipay_sandbox.answers import Refusal
from billing_client.pay.alipay_sandbox.trade_bill import trade_bill

BILL_PATH = "/bill"


@dataclass(frozen=True)
class Call:
    """One verified call. ``page_url`` is where payers are, ``own_url`` where merchants call."""

    connection: AsyncConnection
    content: dict[str, Any]
    notify_url: str
    page_url: str
    own_url: str

    @property
    def order_no(self) -> str:
        return str(self.content.get("out_trade_no"))


Answer = dict[str, Any]
Method = Callable[[Call], Awaitable[Answer]]


async def precreate(call: Call) -> Answer:
    row = await trades.create(call.connection, "qr", call.content, call.notify_url)
    return {"out_trade_no": row.out_trade_no, "qr_code": f"{call.page_url}/pay/{row.token}"}


async def query(call: Call) -> Answer:
    return trades.shown(await trades.scanned(call.connection, call.order_no))


async def close(call: Call) -> Answer:
    row = await trades.close(call.connection, call.order_no)
    return {"out_trade_no": row.out_trade_no, "trade_no": row.trade_no}


async def refund(call: Call) -> Answer:
    return await refunds.create(call.connection, call.content)


async def query_refund(call: Call) -> Answer:
    return await refunds.shown(call.connection, call.content)


async def deduct(call: Call) -> Answer:
    return await agreements.deduct(call.connection, call.content, call.notify_url)


async def query_agreement(call: Call) -> Answer:
    return agreements.shown(await agreements.find(call.connection, call.content))


async def unsign(call: Call) -> Answer:
    row = await agreements.find(call.connection, call.content)
    if not await agreements.end(call.connection, row.token):
        raise Refusal("USER_AGREEMENT_NOT_EXIST", "用户协议不存在")
    return {}


async def bill_address(call: Call) -> Answer:
    day = date.fromisoformat(str(call.content["bill_date"]))
    await trade_bill(call.connection, day)
    return {"bill_download_url": f"{call.own_url}{BILL_PATH}?day={day}"}


METHODS: dict[str, Method] = {
    "alipay.trade.precreate": precreate,
    "alipay.trade.query": query,
    "alipay.trade.close": close,
    "alipay.trade.refund": refund,
    "alipay.trade.fastpay.refund.query": query_refund,
    "alipay.trade.pay": deduct,
    "alipay.user.agreement.query": query_agreement,
    "alipay.user.agreement.unsign": unsign,
    "alipay.data.dataservice.bill.downloadurl.query": bill_address,
}


async def wap_page(call: Call) -> str:
    row = await trades.create(call.connection, "wap", call.content, call.notify_url)
    return f"{call.page_url}/pay/{row.token}"


async def sign_page(call: Call) -> str:
    row = await agreements.offer(call.connection, call.content, call.notify_url)
    return f"{call.page_url}/contract/{row.token}"


# Methods that the payer's browser opens; they lead to a page.
PAGES: dict[str, Callable[[Call], Awaitable[str]]] = {
    "alipay.trade.wap.pay": wap_page,
    "alipay.user.agreement.page.sign": sign_page,
}
