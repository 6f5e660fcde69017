"""What the provider says of a refund, taken in once: by notice and by query alike."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.refund import RefundStage, may_follow
from billing_client.pay.messages import RefundResult, RefundState
from billing_client.services import payment_orders, refund_money, refund_rows, staff_tasks
from billing_client.services.notices import write_notice
from billing_client.services.staff_tasks import TaskKind
from billing_client.store.locks import lock_account

STAGES = {
    RefundState.DONE: RefundStage.DONE,
    RefundState.CLOSED: RefundStage.CLOSED,
    RefundState.ABNORMAL: RefundStage.ABNORMAL,
}
ENDS = (RefundStage.DONE, RefundStage.CLOSED)


async def take_in(
    connection: AsyncConnection, provider: str, result: RefundResult, at: datetime
) -> str:
    """'done', 'closed', 'abnormal', 'mismatch', or 'nothing' when it is no news."""
    found = await refund_rows.find(connection, result.refund_no)
    stage = STAGES.get(result.state)
    if found is None or found["provider"] != provider or stage is None:
        return "nothing"
    await payment_orders.find(connection, found["order_no"], lock=True)
    await lock_account(connection, found["account_no"])
    row = await refund_rows.find(connection, result.refund_no, lock=True)
    assert row is not None
    told_fen = row["amount_fen"] if result.amount_fen is None else result.amount_fen
    if (result.order_no, told_fen) != (row["order_no"], row["amount_fen"]):
        await _task(connection, row, f"mismatch:{result.order_no}:{result.amount_fen}")
        return "mismatch"
    if not may_follow(RefundStage(row["state"]), stage):
        return "nothing"
    await _end(connection, row, stage, result.provider_refund, at)
    return stage.lower()


async def refused(connection: AsyncConnection, refund_no: str, code: str, at: datetime) -> None:
    """The provider will not do it, and has not done it: the money is credit again."""
    found = await refund_rows.find(connection, refund_no)
    assert found is not None, refund_no
    await payment_orders.find(connection, found["order_no"], lock=True)
    await lock_account(connection, found["account_no"])
    row = await refund_rows.find(connection, refund_no, lock=True)
    assert row is not None
    if may_follow(RefundStage(row["state"]), RefundStage.CLOSED):
        await _end(connection, row, RefundStage.CLOSED, None, at, failure=code)


async def _end(
    connection: AsyncConnection,
    row: RowMapping,
    stage: RefundStage,
    provider_refund: str | None,
    at: datetime,
    failure: str | None = None,
) -> None:
    ended = stage in ENDS
    moved = await refund_rows.move(
        connection,
        row["refund_no"],
        (RefundStage(row["state"]),),
        stage,
        failure=failure or (None if stage is RefundStage.DONE else stage),
        provider_refund=provider_refund,
        done_at=at if ended else None,
        next_try_at=None if ended else datetime.now(UTC),
    )
    assert moved is not None, row["refund_no"]
    if stage is RefundStage.DONE:
        await refund_money.given_back(connection, moved, at)
        await staff_tasks.settle(connection, TaskKind.REFUND_ABNORMAL, row["refund_no"], at)
    elif stage is RefundStage.CLOSED:
        await refund_money.let_go(connection, moved, at)
    if stage is not RefundStage.DONE:
        await _task(connection, moved, str(moved["failure"]))
    await tell(connection, moved)


async def tell(connection: AsyncConnection, row: RowMapping) -> None:
    """``refund_done``, ``refund_closed``, ``refund_abnormal`` or ``refund_rejected``."""
    topic = f"refund_{str(row['state']).lower()}"
    payload: dict[str, Any] = {
        "refund_no": row["refund_no"],
        "order_no": row["order_no"],
        "amount_fen": row["amount_fen"],
    }
    await write_notice(
        connection,
        topic,
        f"{topic}:{row['refund_no']}",
        payload=payload,
        account_no=row["account_no"],
        conversation_id=row["conversation_id"],
        channel=row["channel"],
        channel_user=row["channel_user"],
    )


async def _task(connection: AsyncConnection, row: RowMapping, why: str) -> None:
    facts = {"refund_no": row["refund_no"], "amount_fen": row["amount_fen"], "failure": why}
    await staff_tasks.open_task(
        connection, TaskKind.REFUND_ABNORMAL, row["refund_no"], facts, row["account_no"]
    )
