"""Refunds at the simulated Alipay: one request number moves money once."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.alipay.amounts import fen, yuan
from billing_client.pay.alipay.transport import alipay_time
from billing_client.pay.alipay_sandbox import trades
from billing_client.pay.alipay_sandbox.answers import Refusal
from billing_client.pay.alipay_sandbox.store import refund, trade


async def create(connection: AsyncConnection, content: dict[str, Any]) -> dict[str, Any]:
    """``fund_change`` says whether money moved by this very call."""
    row = await trades.scanned(connection, str(content.get("out_trade_no")), lock=True)
    if row.paid_at is None:
        raise Refusal("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    request_no = str(content.get("out_request_no") or row.out_trade_no)
    wanted_fen = fen(str(content["refund_amount"]))
    before_fen = await _sum(connection, row.out_trade_no)
    known = await find(connection, row.out_trade_no, request_no)
    if known is None and not 0 < wanted_fen <= row.total_fen - before_fen:
        raise Refusal("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
    made = await connection.scalar(
        upsert(refund)
        .values(out_trade_no=row.out_trade_no, out_request_no=request_no, refund_fen=wanted_fen)
        .on_conflict_do_nothing()
        .returning(refund.c.at)
    )
    total_fen = await _sum(connection, row.out_trade_no)
    if total_fen == row.total_fen:
        mine = trade.c.out_trade_no == row.out_trade_no
        await connection.execute(update(trade).where(mine).values(trade_status=trades.CLOSED))
        row = await trades.find(connection, row.out_trade_no)
    if made is not None:
        told = trades.told(
            row,
            out_biz_no=request_no,
            refund_fee=yuan(total_fen),
            gmt_refund=alipay_time(made),
        )
        await trades.queue_notice(connection, row, "trade_status_sync", told)
    return {
        "out_trade_no": row.out_trade_no,
        "trade_no": row.trade_no,
        "buyer_logon_id": trades.BUYER,
        "fund_change": "N" if made is None else "Y",
        "refund_fee": yuan(total_fen),
    }


async def shown(connection: AsyncConnection, content: dict[str, Any]) -> dict[str, Any]:
    """An unknown request is answered without a status."""
    row = await trades.scanned(connection, str(content.get("out_trade_no")))
    known = await find(connection, row.out_trade_no, str(content.get("out_request_no")))
    answer = {"out_trade_no": row.out_trade_no, "trade_no": row.trade_no}
    if known is None:
        return answer
    return answer | {
        "out_request_no": known.out_request_no,
        "refund_amount": yuan(known.refund_fen),
        "total_amount": yuan(row.total_fen),
        "refund_status": "REFUND_SUCCESS",
    }


async def find(connection: AsyncConnection, order_no: str, request_no: str):
    asked = select(refund).where(
        refund.c.out_trade_no == order_no, refund.c.out_request_no == request_no
    )
    return (await connection.execute(asked)).one_or_none()


async def _sum(connection: AsyncConnection, order_no: str) -> int:
    asked = select(func.coalesce(func.sum(refund.c.refund_fen), 0))
    return int(await connection.scalar(asked.where(refund.c.out_trade_no == order_no)) or 0)
