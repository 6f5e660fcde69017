"""Agreements at the simulated Alipay (商家扣款, 周期扣款): sign, show, end, deduct."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.alipay.transport import SHANGHAI, alipay_time
from billing_client.pay.alipay_sandbox import trades
from billing_client.pay.alipay_sandbox.answers import Refusal
from billing_client.pay.alipay_sandbox.store import agreement

WAITING, SIGNED, ENDED = "TEMP", "NORMAL", "STOP"


async def offer(connection: AsyncConnection, content: dict[str, Any], notify_url: str) -> Row[Any]:
    """The agreement of this number, which the payer may sign on its page."""
    await connection.execute(
        upsert(agreement)
        .values(
            external_agreement_no=content["external_agreement_no"],
            token=secrets.token_urlsafe(16),
            product_code=content["product_code"],
            display_account=content.get("external_logon_id", ""),
            notify_url=notify_url,
            status=WAITING,
        )
        .on_conflict_do_nothing()
    )
    return await find(connection, content)


async def find(connection: AsyncConnection, content: dict[str, Any]) -> Row[Any]:
    number = str(content.get("external_agreement_no"))
    asked = select(agreement).where(agreement.c.external_agreement_no == number)
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        raise Refusal("USER_AGREEMENT_NOT_EXIST", "用户协议不存在")
    return row


def shown(row: Row[Any]) -> dict[str, Any]:
    """What a query answers, and what a notice tells."""
    fields = {
        "external_agreement_no": row.external_agreement_no,
        "status": row.status,
        "personal_product_code": f"{row.product_code}_P",
    }
    if row.agreement_no:
        fields["agreement_no"] = row.agreement_no
    if row.signed_at:
        fields["sign_time"] = alipay_time(row.signed_at)
    return fields


async def sign(connection: AsyncConnection, token: str) -> bool:
    number = f"{datetime.now(SHANGHAI):%Y%m%d}{secrets.randbelow(10**12):012d}"
    values = {"agreement_no": number, "signed_at": datetime.now(UTC)}
    return await _move(connection, token, (WAITING, SIGNED), "dut_user_sign", values)


async def end(connection: AsyncConnection, token: str) -> bool:
    """Payer or merchant ends a signed agreement; the merchant is told either way."""
    return await _move(connection, token, (SIGNED, ENDED), "dut_user_unsign", {})


async def _move(
    connection: AsyncConnection,
    token: str,
    step: tuple[str, str],
    notify_type: str,
    values: dict[str, Any],
) -> bool:
    before, after = step
    row = (
        await connection.execute(
            update(agreement)
            .where(agreement.c.token == token, agreement.c.status == before)
            .values(status=after, **values)
            .returning(agreement)
        )
    ).one_or_none()
    if row is not None:
        await trades.queue_notice(connection, row, notify_type, _told(row))
    return row is not None


def _told(row: Row[Any]) -> dict[str, str]:
    """A notice names the end of an agreement UNSIGN, a query STOP."""
    return shown(row) | {"status": "UNSIGN" if row.status == ENDED else row.status}


async def set_failure(connection: AsyncConnection, token: str, code: str | None) -> None:
    """Let the agreement's deductions fail with this code, or succeed again."""
    mine = agreement.c.token == token
    await connection.execute(update(agreement).where(mine).values(fails_with=code))


async def deduct(
    connection: AsyncConnection, content: dict[str, Any], notify_url: str
) -> dict[str, Any]:
    """alipay.trade.pay with an agreement: paid at once, or refused with the reason."""
    number = str((content.get("agreement_params") or {}).get("agreement_no"))
    asked = select(agreement).where(agreement.c.agreement_no == number)
    row = (await connection.execute(asked)).one_or_none()
    if row is None or row.status != SIGNED:
        raise Refusal("ACQ.AGREEMENT_NOT_EXIST", "用户协议不存在")
    if row.fails_with:
        raise Refusal(row.fails_with, "买家余额不足")
    made = await trades.create(connection, "agreement", content, notify_url)
    await trades.scan(connection, made.token)
    await trades.pay(connection, made.token)
    return trades.shown(await trades.find(connection, made.out_trade_no))
