"""The second person's decision on a refund above the limit."""

from datetime import datetime

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.refund import RefundStage
from billing_client.services import (
    payment_orders,
    refund_money,
    refund_results,
    refund_rows,
    refunds,
    staff_tasks,
)
from billing_client.services.staff_tasks import TaskKind
from billing_client.store.audit import acting_as
from billing_client.store.locks import lock_account


class ApprovalRefused(ValueError):
    """``reason``: same_person, not_waiting."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def approve(connection: AsyncConnection, refund_no: str, by: str, now: datetime) -> None:
    """By somebody else than who proposed it. Raises ApprovalRefused."""
    row = await _waiting(connection, refund_no, by)
    await refunds.go_ahead(connection, row["refund_no"], now, approved_by=by)
    await staff_tasks.settle(connection, TaskKind.REFUND_APPROVAL, refund_no, now)


async def reject(connection: AsyncConnection, refund_no: str, by: str, now: datetime) -> None:
    """The money is the customer's credit again, and they are told. Raises ApprovalRefused."""
    row = await _waiting(connection, refund_no, by)
    await refund_money.let_go(connection, row, now)
    moved = await refund_rows.move(
        connection,
        refund_no,
        (RefundStage.WAITING_APPROVAL,),
        RefundStage.REJECTED,
        approved_by=by,
        done_at=now,
        set_aside=False,
    )
    assert moved is not None, refund_no
    await staff_tasks.settle(connection, TaskKind.REFUND_APPROVAL, refund_no, now)
    await refund_results.tell(connection, moved)


async def _waiting(connection: AsyncConnection, refund_no: str, by: str) -> RowMapping:
    await acting_as(connection, by)
    found = await refund_rows.find(connection, refund_no)
    if found is None:
        raise ApprovalRefused("not_waiting")
    await payment_orders.find(connection, found["order_no"], lock=True)
    await lock_account(connection, found["account_no"])
    row = await refund_rows.find(connection, refund_no, lock=True)
    if row is None or row["state"] != RefundStage.WAITING_APPROVAL:
        raise ApprovalRefused("not_waiting")
    if row["proposed_by"] == by:
        raise ApprovalRefused("same_person")
    return row
