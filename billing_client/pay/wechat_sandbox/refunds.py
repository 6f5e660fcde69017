"""Refunds at the simulated WeChat Pay: doc/v3/merchant/4012709253."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.wechat_sandbox import trades
from billing_client.pay.wechat_sandbox.answers import Refusal
from billing_client.pay.wechat_sandbox.keys import MCHID
from billing_client.pay.wechat_sandbox.store import refund, trade
from billing_client.pay.wechat_sandbox.trades import queue_notice, wechat_time

REFUNDABLE = ("SUCCESS", "REFUND")
MOST_REFUNDS = 50  # of one order


async def create(connection: AsyncConnection, content: dict[str, Any]) -> dict[str, Any]:
    """The refund of this number, new or as it was; its result goes out as a notice."""
    refund_no = str(content.get("out_refund_no") or "")
    if not refund_no:
        raise Refusal(400, "PARAM_ERROR", "缺少参数 out_refund_no")
    row = await _trade(connection, content)
    known = await _known(connection, refund_no)
    if known is not None:
        return shown(known, row)
    await _check(connection, row, content.get("amount") or {})
    values = {
        "out_refund_no": refund_no,
        "out_trade_no": row.out_trade_no,
        "refund_id": f"50000{secrets.randbelow(10**23):023d}",
        "refund_fen": content["amount"]["refund"],
        "status": "SUCCESS",
        "notify_url": content.get("notify_url"),
        "success_at": datetime.now(UTC),
    }
    made = (await connection.execute(upsert(refund).values(values).returning(refund))).one()
    mine = trade.c.out_trade_no == row.out_trade_no
    await connection.execute(update(trade).where(mine).values(trade_state="REFUND"))
    if made.notify_url:
        await queue_notice(
            connection, made.notify_url, "REFUND.SUCCESS", "refund", _told(made, row)
        )
    # What is answered at once is that it was accepted; the result comes later.
    return shown(made, row) | {"status": "PROCESSING"}


async def find(connection: AsyncConnection, refund_no: str) -> dict[str, Any]:
    known = await _known(connection, refund_no)
    if known is None:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return shown(known, await trades.find(connection, known.out_trade_no))


async def _trade(connection: AsyncConnection, content: dict[str, Any]) -> Row[Any]:
    if order_no := content.get("out_trade_no"):
        return await trades.find(connection, str(order_no), lock=True)
    asked = select(trade.c.out_trade_no).where(
        trade.c.transaction_id == str(content.get("transaction_id"))
    )
    return await trades.find(connection, str(await connection.scalar(asked)), lock=True)


async def _known(connection: AsyncConnection, refund_no: str) -> Row[Any] | None:
    asked = select(refund).where(refund.c.out_refund_no == refund_no)
    return (await connection.execute(asked)).one_or_none()


async def _check(connection: AsyncConnection, row: Row[Any], amount: dict[str, Any]) -> None:
    wanted, total = amount.get("refund"), amount.get("total")
    if not isinstance(wanted, int) or isinstance(wanted, bool) or wanted <= 0:
        raise Refusal(400, "PARAM_ERROR", "amount.refund 必须为正整数(分)")
    if row.trade_state not in REFUNDABLE:
        raise Refusal(400, "INVALID_REQUEST", "订单未支付")
    if total != row.amount_fen:
        raise Refusal(400, "PARAM_ERROR", "订单金额或退款金额与之前请求不一致")
    asked = select(func.coalesce(func.sum(refund.c.refund_fen), 0), func.count()).where(
        refund.c.out_trade_no == row.out_trade_no
    )
    done_fen, count = (await connection.execute(asked)).one()
    if done_fen + wanted > row.amount_fen or count >= MOST_REFUNDS:
        raise Refusal(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额")


def shown(made: Row[Any], row: Row[Any]) -> dict[str, Any]:
    """The refund object of an answer."""
    return _names(made, row) | {
        "channel": "ORIGINAL",
        "create_time": wechat_time(made.created_at),
        "status": made.status,
        "funds_account": "AVAILABLE",
        "amount": _amount(made, row) | {"currency": "CNY", "discount_refund": 0},
    }


def _told(made: Row[Any], row: Row[Any]) -> dict[str, Any]:
    """The object of a notice: it has a mchid, and no appid."""
    return {"mchid": MCHID, "refund_status": made.status, "amount": _amount(made, row)} | _names(
        made, row
    )


def _names(made: Row[Any], row: Row[Any]) -> dict[str, Any]:
    return {
        "refund_id": made.refund_id,
        "out_refund_no": made.out_refund_no,
        "transaction_id": row.transaction_id,
        "out_trade_no": row.out_trade_no,
        "user_received_account": "支付用户零钱",
        "success_time": wechat_time(made.success_at) if made.success_at else None,
    }


def _amount(made: Row[Any], row: Row[Any]) -> dict[str, int]:
    return {
        "total": row.amount_fen,
        "refund": made.refund_fen,
        "payer_total": row.amount_fen,
        "payer_refund": made.refund_fen,
    }
