"""The simulated WeChat Pay's daily bill, from its own books, in the real one's form."""

from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.wechat_sandbox.answers import Refusal
from billing_client.pay.wechat_sandbox.keys import APPID, MCHID
from billing_client.pay.wechat_sandbox.store import refund, trade
from billing_client.pay.wechat_sandbox.trades import SHANGHAI, TRADE_TYPES

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY_HEADER = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
RATE = Decimal("0.006")
RATE_SHOWN = "0.60%"


async def trade_bill(connection: AsyncConnection, day: date) -> bytes:
    """UTF-8 with BOM. Refused for a day without trade."""
    first = datetime.combine(day, time(), SHANGHAI)
    span = first, first + timedelta(days=1)
    paid = select(trade).where(trade.c.paid_at >= span[0], trade.c.paid_at < span[1])
    back = (
        select(refund, trade.c.transaction_id, trade.c.kind, trade.c.description)
        .join(trade, trade.c.out_trade_no == refund.c.out_trade_no)
        .where(refund.c.created_at >= span[0], refund.c.created_at < span[1])
    )
    payments = list(await connection.execute(paid.order_by(trade.c.paid_at)))
    refunds = list(await connection.execute(back.order_by(refund.c.created_at)))
    if not payments and not refunds:
        raise Refusal(400, "NO_STATEMENT_EXIST", "请求的账单文件不存在")
    rows = [_payment(row) for row in payments] + [_refund(row) for row in refunds]
    lines = [HEADER, *map(_line, rows), SUMMARY_HEADER, _line(_summary(payments, refunds))]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def _line(cells: list[str]) -> str:
    return ",".join("`" + cell for cell in cells)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"


def _fee(fen: int) -> Decimal:
    return (Decimal(fen) * RATE / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _head(row: Row[Any], at: datetime, state: str) -> list[str]:
    moment = f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    openid = "oSANDBOX" + row.out_trade_no[-8:]
    kind = TRADE_TYPES[row.kind]
    numbers = [row.transaction_id, row.out_trade_no, openid, kind, state, "OTHERS", "CNY"]
    return [moment, APPID, MCHID, "0", "", *numbers]


def _payment(row: Row[Any]) -> list[str]:
    yuan, fee = _yuan(row.amount_fen), f"{_fee(row.amount_fen):.5f}"
    no_refund = ["0", "0", "0.00", "0.00", "", ""]
    tail = [row.description, "", fee, RATE_SHOWN, yuan, "0.00", ""]
    return [*_head(row, row.paid_at, "SUCCESS"), yuan, "0.00", *no_refund, *tail]


def _refund(row: Row[Any]) -> list[str]:
    yuan = _yuan(row.refund_fen)
    numbers = [row.refund_id, row.out_refund_no, yuan, "0.00", "ORIGINAL", row.status]
    tail = [row.description, "", "0.00000", RATE_SHOWN, "0.00", yuan, ""]
    return [*_head(row, row.created_at, "REFUND"), "0.00", "0.00", *numbers, *tail]


def _summary(payments: list[Row[Any]], refunds: list[Row[Any]]) -> list[str]:
    paid = _yuan(sum(row.amount_fen for row in payments))
    back = _yuan(sum(row.refund_fen for row in refunds))
    fees = sum((_fee(row.amount_fen) for row in payments), Decimal(0))
    count = str(len(payments) + len(refunds))
    return [count, paid, back, "0.00", f"{fees:.5f}", paid, back]
