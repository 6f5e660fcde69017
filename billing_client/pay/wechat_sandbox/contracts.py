"""Contracts at the sandbox (委托代扣): pre-sign, sign, end, deduct."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.pay.wechat_sandbox import trades
from billing_client.pay.wechat_sandbox.answers import Refusal
from billing_client.pay.wechat_sandbox.keys import APPID, MCHID
from billing_client.pay.wechat_sandbox.store import contract
from billing_client.pay.wechat_sandbox.trades import queue_notice, wechat_time


async def presign(connection: AsyncConnection, content: dict[str, Any]) -> str:
    """The token of the signing page."""
    needed = ("plan_id", "out_contract_code", "contract_display_account", "contract_notify_url")
    missing = [name for name in needed if not content.get(name)]
    if missing:
        raise Refusal(400, "PARAM_ERROR", f"缺少参数 {missing[0]}")
    await connection.execute(
        upsert(contract)
        .values(
            out_contract_code=content["out_contract_code"],
            token=secrets.token_urlsafe(16),
            plan_id=content["plan_id"],
            display_account=content["contract_display_account"],
            notify_url=content["contract_notify_url"],
            contract_state="PENDING",
        )
        .on_conflict_do_nothing()
    )
    row = await find(connection, content["out_contract_code"])
    if row.contract_state != "PENDING":
        raise Refusal(400, "INVALID_REQUEST", "签约协议号已使用")
    return row.token


async def find(connection: AsyncConnection, contract_code: str) -> Row[Any]:
    asked = select(contract).where(contract.c.out_contract_code == contract_code)
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "签约协议不存在")
    return row


def shown(row: Row[Any]) -> dict[str, Any]:
    """The contract object of query and notice."""
    answer: dict[str, Any] = {
        "mchid": MCHID,
        "appid": APPID,
        "plan_id": row.plan_id,
        "out_contract_code": row.out_contract_code,
        "contract_id": row.contract_id,
        "contract_state": row.contract_state,
        "contract_display_account": row.display_account,
    }
    if row.signed_at:
        answer["contract_signed_time"] = wechat_time(row.signed_at)
    if row.ended_at:
        answer["contract_terminate_info"] = {"contract_terminated_time": wechat_time(row.ended_at)}
    return answer


async def sign(connection: AsyncConnection, token: str) -> bool:
    """The payer agrees. Only a contract that waits for it can be signed."""
    return await _move(
        connection,
        contract.c.token == token,
        ("PENDING", "SIGNED", "ENTRUST.SIGN"),
        {
            "contract_id": datetime.now(UTC).strftime("%Y%m%d") + secrets.token_hex(8),
            "signed_at": datetime.now(UTC),
        },
    )


async def end(connection: AsyncConnection, condition: Any) -> bool:
    """Payer or merchant ends a signed contract; the merchant is told either way."""
    step = ("SIGNED", "TERMINATED", "ENTRUST.TERMINATE")
    return await _move(connection, condition, step, {"ended_at": datetime.now(UTC)})


async def _move(
    connection: AsyncConnection, condition: Any, step: tuple[str, str, str], values: dict[str, Any]
) -> bool:
    before, after, event = step
    row = (
        await connection.execute(
            update(contract)
            .where(condition, contract.c.contract_state == before)
            .values(contract_state=after, **values)
            .returning(contract)
        )
    ).one_or_none()
    if row is not None:
        await queue_notice(connection, row.notify_url, event, "contract", shown(row))
    return row is not None


async def set_failure(connection: AsyncConnection, token: str, code: str | None) -> None:
    """Let the contract's deductions fail with this code, or succeed again."""
    await connection.execute(
        update(contract).where(contract.c.token == token).values(fails_with=code)
    )


async def deduct(connection: AsyncConnection, content: dict[str, Any]) -> None:
    """Accept a deduction; its result goes out as a notice."""
    asked = select(contract).where(contract.c.contract_id == str(content.get("contract_id")))
    row = (await connection.execute(asked)).one_or_none()
    if row is None or row.contract_state != "SIGNED":
        raise Refusal(400, "CONTRACT_NOT_EXIST", "签约协议不存在或已解约")
    made = await trades.create(connection, "papay", content)
    await trades.settle(connection, made.token, row.fails_with)
