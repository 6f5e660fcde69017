"""Trades at the simulated Alipay: make, scan, pay, close, show."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.alipay.amounts import fen, yuan
from billing_client.pay.alipay.transport import SHANGHAI, alipay_time
from billing_client.pay.alipay_sandbox.answers import Refusal
from billing_client.pay.alipay_sandbox.keys import APP_ID, SELLER_ID
from billing_client.pay.alipay_sandbox.store import trade
from billing_client.pay.simulator import faults, notifier
from billing_client.pay.simulator.faults import Fault

SIMULATOR = "alipay"
BUYER = "159****5620"
WAITING, PAID, CLOSED = "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"


async def create(
    connection: AsyncConnection, kind: str, content: dict[str, Any], notify_url: str
) -> Row[Any]:
    """The trade of this number, new or as it was. Refused when it was made otherwise."""
    total_fen = _total(content)
    expires = content.get("time_expire")
    await connection.execute(
        upsert(trade)
        .values(
            out_trade_no=content["out_trade_no"],
            token=secrets.token_urlsafe(16),
            kind=kind,
            subject=content["subject"],
            total_fen=total_fen,
            notify_url=notify_url,
            expires_at=datetime.fromisoformat(expires).replace(tzinfo=SHANGHAI)
            if expires
            else None,
        )
        .on_conflict_do_nothing()
    )
    row = await find(connection, content["out_trade_no"], lock=True)
    if row.trade_status == PAID:
        raise Refusal("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
    if row.trade_status == CLOSED:
        raise Refusal("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
    if row.total_fen != total_fen:
        raise Refusal("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
    return row


def _total(content: dict[str, Any]) -> int:
    missing = [
        name for name in ("out_trade_no", "subject", "total_amount") if not content.get(name)
    ]
    if missing:
        raise Refusal("ACQ.INVALID_PARAMETER", f"参数无效:{missing[0]}")
    try:
        total_fen = fen(str(content["total_amount"]))
    except ValueError as error:
        raise Refusal("ACQ.INVALID_PARAMETER", "参数无效:total_amount") from error
    if total_fen <= 0:
        raise Refusal("ACQ.TOTAL_FEE_EXCEED", "交易金额必须大于 0")
    return total_fen


async def find(connection: AsyncConnection, order_no: str, *, lock: bool = False) -> Row[Any]:
    asked = select(trade).where(trade.c.out_trade_no == order_no)
    row = (await connection.execute(asked.with_for_update() if lock else asked)).one_or_none()
    if row is None:
        raise Refusal("ACQ.TRADE_NOT_EXIST", "交易不存在")
    return row


async def scanned(connection: AsyncConnection, order_no: str, *, lock: bool = False) -> Row[Any]:
    """A trade that Alipay knows of: a code that nobody scanned is none yet."""
    row = await find(connection, order_no, lock=lock)
    if row.trade_no is None:
        raise Refusal("ACQ.TRADE_NOT_EXIST", "交易不存在")
    return row


async def scan(connection: AsyncConnection, token: str) -> None:
    """The payer opens the page: from now on there is a trade."""
    number = f"{datetime.now(SHANGHAI):%Y%m%d}22001{secrets.randbelow(10**15):015d}"
    await connection.execute(
        update(trade)
        .where(trade.c.token == token, trade.c.trade_no.is_(None))
        .where(or_(trade.c.expires_at.is_(None), trade.c.expires_at > func.now()))
        .values(trade_no=number, trade_status=WAITING)
    )


async def pay(connection: AsyncConnection, token: str, start: tuple[str, ...] = (WAITING,)) -> bool:
    """The payer pays, once. Queues the notice."""
    row = (
        await connection.execute(
            update(trade)
            .where(trade.c.token == token, trade.c.trade_status.in_(start))
            .where(or_(trade.c.expires_at.is_(None), trade.c.expires_at > func.now()))
            .values(trade_status=PAID, paid_at=datetime.now(UTC))
            .returning(trade)
        )
    ).one_or_none()
    if row is not None:
        await queue_notice(connection, row, "trade_status_sync", told(row))
    return row is not None


async def close(connection: AsyncConnection, order_no: str) -> Row[Any]:
    row = await scanned(connection, order_no, lock=True)
    if row.trade_status == PAID:
        raise Refusal("ACQ.REASON_TRADE_STATUS_INVALID", "交易状态异常")
    mine = trade.c.out_trade_no == order_no
    await connection.execute(update(trade).where(mine).values(trade_status=CLOSED))
    if await faults.strikes(connection, SIMULATOR, Fault.SUCCESS_AFTER_CLOSE):
        # The payer's password was on its way when the trade was closed.
        await pay(connection, row.token, (CLOSED,))
    return row


def shown(row: Row[Any]) -> dict[str, Any]:
    """The answer to a query."""
    answer = {
        "out_trade_no": row.out_trade_no,
        "trade_no": row.trade_no,
        "trade_status": row.trade_status,
        "total_amount": yuan(row.total_fen),
        "buyer_logon_id": BUYER,
    }
    if row.paid_at:
        answer["send_pay_date"] = alipay_time(row.paid_at)
    return answer


def told(row: Row[Any], **others: str) -> dict[str, str]:
    """The fields of a notice about the trade."""
    amount = yuan(row.total_fen)
    fields = {
        "trade_no": row.trade_no,
        "out_trade_no": row.out_trade_no,
        "seller_id": SELLER_ID,
        "buyer_logon_id": BUYER,
        "trade_status": row.trade_status,
        "total_amount": amount,
        "receipt_amount": amount,
        "buyer_pay_amount": amount,
        "subject": row.subject,
        "gmt_create": alipay_time(row.created_at),
        "fund_bill_list": f'[{{"amount":"{amount}","fundChannel":"ALIPAYACCOUNT"}}]',
    }
    if row.paid_at:
        fields["gmt_payment"] = alipay_time(row.paid_at)
    return fields | others


async def queue_notice(
    connection: AsyncConnection, row: Row[Any], notify_type: str, content: dict[str, str]
) -> None:
    """Stored with what it tells of, sent by ``simulator/notifier.py``."""
    envelope = {"notify_type": notify_type, "app_id": APP_ID}
    notice_id = secrets.token_hex(17)
    await notifier.queue_notice(
        connection, SIMULATOR, row.notify_url, notice_id, envelope, dict(content)
    )
