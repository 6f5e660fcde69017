"""The simulated Alipay's daily bill, from its own books: a zip of GBK tables."""

import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.alipay.amounts import yuan
from billing_client.pay.alipay.transport import SHANGHAI, alipay_time
from billing_client.pay.alipay_sandbox.answers import Refusal
from billing_client.pay.alipay_sandbox.keys import SELLER_ID
from billing_client.pay.alipay_sandbox.store import refund, trade
from billing_client.pay.alipay_sandbox.trades import BUYER

HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,"
    "商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)
RATE = Decimal("0.006")


async def trade_bill(connection: AsyncConnection, day: date) -> bytes:
    """Refused for a day without trade."""
    first = datetime.combine(day, time(), SHANGHAI)
    last = first + timedelta(days=1)
    paid = select(trade).where(trade.c.paid_at >= first, trade.c.paid_at < last)
    back = (
        select(refund, trade)
        .join(trade, trade.c.out_trade_no == refund.c.out_trade_no)
        .where(refund.c.at >= first, refund.c.at < last)
    )
    rows = [_payment(row) for row in await connection.execute(paid.order_by(trade.c.paid_at))]
    rows += [_refund(row) for row in await connection.execute(back.order_by(refund.c.at))]
    if not rows:
        raise Refusal("isp.bill_not_exist", "账单不存在")
    return _zipped(day, rows)


def _zipped(day: date, rows: list[list[str]]) -> bytes:
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{SELLER_ID}0156]",
        "#------------------------业务明细列表------------------------",
        HEADER,
        *(",".join(cell + "\t" for cell in row) for row in rows),
        "#----------------------业务明细列表结束----------------------",
    ]
    text = "\r\n".join(lines) + "\r\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{SELLER_ID}0156_{day:%Y%m%d}_业务明细.csv", text.encode("gb18030"))
        archive.writestr(f"{SELLER_ID}0156_{day:%Y%m%d}_业务明细(汇总).csv", b"")
    return packed.getvalue()


def _payment(row: Row[Any]) -> list[str]:
    fee = (Decimal(row.total_fen) * RATE / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    head = [row.trade_no, row.out_trade_no, "交易", row.subject]
    return _cells(head, row.created_at, row.paid_at, yuan(row.total_fen), "", f"{-fee:.2f}")


def _refund(row: Row[Any]) -> list[str]:
    head = [row.trade_no, row.out_trade_no, "退款", row.subject]
    minus = f"-{yuan(row.refund_fen)}"
    return _cells(head, row.created_at, row.at, minus, row.out_request_no, "0.00")


def _cells(
    head: list[str], made: datetime, done: datetime, amount: str, request_no: str, fee: str
) -> list[str]:
    moments = [alipay_time(made), alipay_time(done), "", "", "", "", BUYER]
    zeros = ["0.00"] * 5 + [""] + ["0.00"] * 2
    return [*head, *moments, amount, amount, *zeros, request_no, fee, "0.00", ""]
