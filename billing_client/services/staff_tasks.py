"""Tasks that only a person can finish: opened once a matter, closed by name and with a note."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import staff_task


class TaskKind(StrEnum):
    INVOICE_FAILED = "invoice_failed"
    INVOICE_LOGIN = "invoice_login"  # the clerk must log in at the tax platform
    RED_LETTER_VOID = "red_letter_void"
    REFUND_ABNORMAL = "refund_abnormal"
    REFUND_APPROVAL = "refund_approval"
    PAYMENT_SUSPENSE = "payment_suspense"  # money that fits no order
    BANK_ROWS_MISSING = "bank_rows_missing"  # a batch came back without some of its rows
    RECONCILIATION = "reconciliation"


class NoSuchTask(LookupError):
    """Not there, or done already."""


async def open_task(
    connection: AsyncConnection,
    kind: str,
    ref: str,
    facts: Mapping[str, Any],
    account_no: str | None = None,
) -> bool:
    """Open it; False when this matter has a task already, done or not."""
    statement = insert(staff_task).values(
        kind=kind, ref=ref, facts=dict(facts), account_no=account_no
    )
    opened = await connection.execute(
        statement.on_conflict_do_nothing(index_elements=["kind", "ref"]).returning(
            staff_task.c.task_id
        )
    )
    return opened.first() is not None


async def open_tasks(connection: AsyncConnection) -> list[RowMapping]:
    """All that are open, oldest first."""
    query = select(staff_task).where(staff_task.c.done_at.is_(None)).order_by(staff_task.c.task_id)
    return list((await connection.execute(query)).mappings())


async def finish(
    connection: AsyncConnection, task_id: int, by: str, note: str, now: datetime
) -> None:
    """Raises NoSuchTask."""
    done = await connection.execute(
        update(staff_task)
        .where(staff_task.c.task_id == task_id, staff_task.c.done_at.is_(None))
        .values(done_at=now, done_by=by, note=note)
    )
    if done.rowcount != 1:
        raise NoSuchTask(task_id)


async def settle(connection: AsyncConnection, kind: str, ref: str, now: datetime) -> None:
    """The matter ended by itself: its task, when it has an open one, is done."""
    await connection.execute(
        update(staff_task)
        .where(staff_task.c.kind == kind, staff_task.c.ref == ref, staff_task.c.done_at.is_(None))
        .values(done_at=now, done_by="system", note="")
    )
