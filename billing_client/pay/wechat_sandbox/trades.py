"""Orders at the sandbox: make, show, pay, fail, close."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.simulator import faults, notifier
from billing_client.pay.simulator.faults import Fault
from billing_client.pay.wechat_sandbox.answers import Refusal
from billing_client.pay.wechat_sandbox.store import trade

SHANGHAI = ZoneInfo("Asia/Shanghai")
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
# An order repeated with another value of one of these is refused (201 商户订单号重复).
FIXED = ("appid", "mchid", "description", "notify_url", "amount")
TRADE_TYPES = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB", "papay": "PAP"}
SIMULATOR = "wechat"
DESCRIPTIONS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "CLOSED": "订单已关闭",
    "PAYERROR": "支付失败",
    "REFUND": "转入退款",
}


def wechat_time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def new_transaction_id() -> str:
    stamp = datetime.now(SHANGHAI).strftime("%y%m%d%H%M%S")
    return f"42000{stamp}{secrets.randbelow(10**11):011d}"


async def create(connection: AsyncConnection, kind: str, content: dict[str, Any]) -> Row[Any]:
    """The order of this number, new or as it was. Refused when it was made otherwise."""
    _check(content)
    expires = content.get("time_expire")
    await connection.execute(
        upsert(trade)
        .values(
            out_trade_no=content["out_trade_no"],
            token=secrets.token_urlsafe(16),
            kind=kind,
            request=content,
            amount_fen=content["amount"]["total"],
            description=content["description"],
            notify_url=content.get("notify_url") or content.get("transaction_notify_url"),
            trade_state="NOTPAY",
            expires_at=datetime.fromisoformat(expires) if expires else None,
        )
        .on_conflict_do_nothing()
    )
    row = await find(connection, content["out_trade_no"], lock=True)
    _check_same(row, content)
    return row


def _check(content: dict[str, Any]) -> None:
    total = (content.get("amount") or {}).get("total")
    if not ORDER_NUMBER.fullmatch(str(content.get("out_trade_no", ""))):
        raise Refusal(400, "PARAM_ERROR", "out_trade_no 不合规")
    if not isinstance(total, int) or isinstance(total, bool) or total <= 0:
        raise Refusal(400, "PARAM_ERROR", "amount.total 必须为正整数(分)")
    if not content.get("description"):
        raise Refusal(400, "PARAM_ERROR", "缺少参数 description")


def _check_same(row: Row[Any], content: dict[str, Any]) -> None:
    if row.trade_state in ("SUCCESS", "REFUND"):
        raise Refusal(400, "ORDERPAID", "该订单已支付")
    if row.trade_state != "NOTPAY":
        raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
    if any(row.request.get(name) != content.get(name) for name in FIXED):
        raise Refusal(400, "INVALID_REQUEST", "201 商户订单号重复")


async def find(connection: AsyncConnection, order_no: str, *, lock: bool = False) -> Row[Any]:
    asked = select(trade).where(trade.c.out_trade_no == order_no)
    row = (await connection.execute(asked.with_for_update() if lock else asked)).one_or_none()
    if row is None:
        raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return row


async def find_transaction(connection: AsyncConnection, transaction_id: str) -> Row[Any]:
    asked = select(trade).where(trade.c.transaction_id == transaction_id)
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return row


def shown(row: Row[Any]) -> dict[str, Any]:
    """The transaction object of query and notice."""
    request = row.request
    answer: dict[str, Any] = {
        "appid": request["appid"],
        "mchid": request["mchid"],
        "out_trade_no": row.out_trade_no,
        "trade_state": row.trade_state,
        "trade_state_desc": DESCRIPTIONS[row.trade_state],
        "attach": request.get("attach", ""),
        "amount": {"total": row.amount_fen, "currency": "CNY"},
    }
    if row.failure:
        answer["err_code"] = row.failure
    if row.transaction_id:
        answer |= _paid(row)
    return answer


def _paid(row: Row[Any]) -> dict[str, Any]:
    return {
        "transaction_id": row.transaction_id,
        "trade_type": TRADE_TYPES[row.kind],
        "bank_type": "OTHERS",
        "success_time": wechat_time(row.paid_at),
        "payer": {"openid": "oSANDBOX" + row.out_trade_no[-8:]},
        "amount": {
            "total": row.amount_fen,
            "payer_total": row.amount_fen,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }


async def settle(connection: AsyncConnection, token: str, failure: str | None = None) -> bool:
    """The payer's decision, once: paid, or failed with a code. Queues the notice."""
    done = {"trade_state": "PAYERROR", "failure": failure} if failure else _success()
    row = (
        await connection.execute(
            update(trade)
            .where(trade.c.token == token, trade.c.trade_state == "NOTPAY")
            .where(or_(trade.c.expires_at.is_(None), trade.c.expires_at > func.now()))
            .values(**done)
            .returning(trade)
        )
    ).one_or_none()
    if row is None:
        return False
    event = "TRANSACTION.FAIL" if failure else "TRANSACTION.SUCCESS"
    await queue_notice(connection, row.notify_url, event, "transaction", shown(row))
    return True


def _success() -> dict[str, Any]:
    return {
        "trade_state": "SUCCESS",
        "transaction_id": new_transaction_id(),
        "paid_at": datetime.now(UTC),
    }


async def close(connection: AsyncConnection, order_no: str) -> None:
    row = await find(connection, order_no, lock=True)
    if row.trade_state in ("SUCCESS", "REFUND"):
        raise Refusal(400, "ORDERPAID", "订单已支付")
    mine = trade.c.out_trade_no == order_no
    await connection.execute(update(trade).where(mine).values(trade_state="CLOSED"))
    if await faults.strikes(connection, SIMULATOR, Fault.SUCCESS_AFTER_CLOSE):
        # The payer's password was on its way when the order was closed.
        paid = update(trade).where(mine).values(**_success()).returning(trade)
        row = (await connection.execute(paid)).one()
        await queue_notice(
            connection, row.notify_url, "TRANSACTION.SUCCESS", "transaction", shown(row)
        )


async def queue_notice(
    connection: AsyncConnection, url: str, event: str, original_type: str, content: dict[str, Any]
) -> None:
    """Stored with what it tells of, sent by ``simulator/notifier.py``."""
    envelope = {
        "event_type": event,
        "original_type": original_type,
        "summary": DESCRIPTIONS.get(str(content.get("trade_state")), "处理结果"),
    }
    notice_id = secrets.token_hex(16)
    await notifier.queue_notice(connection, SIMULATOR, url, notice_id, envelope, content)
