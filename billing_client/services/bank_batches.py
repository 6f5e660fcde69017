"""Direct debit by batch: make a batch of the bills that are due, write its file, post the return.

MADE → SENT → POSTED. A bill in a batch has a live order, so no other deduction demands it; its
customer may still pay, and what the bank then brings becomes prepaid balance. A row that the
bank does not return is never sent again by itself: staff get a task.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain import bank_file
from billing_client.domain.bank_file import DebitRow, FileRefused, ReturnFile, ReturnRow
from billing_client.domain.payment import Transition
from billing_client.pay.bank_accounts import AccountVault
from billing_client.pay.messages import Transaction, TransactionState
from billing_client.pay.settings import PaymentSettings
from billing_client.services import payment_orders, settlement, staff_tasks
from billing_client.services.autopay_run import reserve_due
from billing_client.services.bank_mandates import BANK_FILE
from billing_client.services.staff_tasks import TaskKind
from billing_client.store.tables import (
    autopay_contract,
    bank_batch,
    bank_batch_row,
    bank_mandate,
)

MOST_ROWS = 1_000  # what banks take in one batch


@dataclass(frozen=True)
class Posted:
    """Rows that the file settled, failed and left out."""

    paid: int
    failed: int
    missing: int
    paid_fen: int


async def make(
    connection: AsyncConnection, settings: PaymentSettings, by: str, at: datetime
) -> str | None:
    """A batch of what is due now; its number, None when nothing is."""
    asked = select(autopay_contract).where(
        autopay_contract.c.provider == BANK_FILE, autopay_contract.c.state == "ACTIVE"
    )
    reserved: list[tuple[Row[Any], Row[Any]]] = []
    # In one order everywhere, so that two who make batches at once do not wait for each other.
    for contract in await connection.execute(asked.order_by(autopay_contract.c.account_no)):
        if len(reserved) == MOST_ROWS:
            break
        order = await reserve_due(connection, contract, settings)
        if order is not None:
            reserved.append((contract, order))
    if not reserved:
        return None
    return await _store(connection, reserved, by, at)


async def _store(
    connection: AsyncConnection,
    reserved: Sequence[tuple[Row[Any], Row[Any]]],
    by: str,
    at: datetime,
) -> str:
    batch_no = await _next_number(connection, at)
    total_fen = sum(order.amount_fen for _, order in reserved)
    batch = {"batch_no": batch_no, "state": "MADE", "row_count": len(reserved)}
    await connection.execute(insert(bank_batch).values(**batch, total_fen=total_fen, made_by=by))
    rows = [
        {
            "batch_no": batch_no,
            "row_no": number,
            "account_no": order.account_no,
            "order_no": order.order_no,
            "contract_code": contract.contract_code,
            "amount_fen": order.amount_fen,
        }
        for number, (contract, order) in enumerate(reserved, 1)
    ]
    await connection.execute(insert(bank_batch_row), rows)
    for _, order in reserved:
        await payment_orders.move(connection, order.order_no, Transition.PLACE)
    return batch_no


async def _next_number(connection: AsyncConnection, at: datetime) -> str:
    """``DK20261125001``; whoever makes one at the same moment fails on the key and tries again."""
    day = f"DK{at:%Y%m%d}"
    count = select(func.count()).where(bank_batch.c.batch_no.startswith(day))
    return f"{day}{int(await connection.scalar(count) or 0) + 1:03d}"


async def write(
    connection: AsyncConnection, batch_no: str, org_no: str, vault: AccountVault, at: datetime
) -> bytes:
    """The file for the bank; the same one however often it is asked for."""
    batch = await _find(connection, batch_no)
    if batch.state == "POSTED":
        raise FileRefused(f"批次 {batch_no} 已经回盘入账，不能再送。")
    asked = (
        select(bank_batch_row, bank_mandate.c.number_sealed, bank_mandate.c.holder)
        .join(bank_mandate, bank_mandate.c.contract_code == bank_batch_row.c.contract_code)
        .where(bank_batch_row.c.batch_no == batch_no)
        .order_by(bank_batch_row.c.row_no)
    )
    rows = [
        DebitRow(
            row.row_no,
            vault.open(row.number_sealed, row.contract_code),
            row.holder,
            row.amount_fen,
            row.account_no,
        )
        for row in await connection.execute(asked)
    ]
    mine = bank_batch.c.batch_no == batch_no
    await connection.execute(
        update(bank_batch)
        .where(mine, bank_batch.c.state == "MADE")
        .values(state="SENT", sent_at=at)
    )
    return bank_file.write_batch(org_no, batch_no, batch.created_at.date(), rows)


async def post_return(connection: AsyncConnection, content: bytes, at: datetime) -> Posted:
    """Settle the bank's answer, all of it or nothing, once for each batch. ``FileRefused``."""
    told = bank_file.read_return(content)
    batch = await _find(connection, told.batch_no, lock=True)
    if batch.state != "SENT":
        state = "已经入账" if batch.state == "POSTED" else "还没有送盘"
        raise FileRefused(f"批次 {told.batch_no} {state}，这个文件没有入账。")
    rows = await _rows(connection, told)
    for row, result in rows:
        await _settle(connection, told.batch_no, row, result, at)
    mine = bank_batch.c.batch_no == told.batch_no
    await connection.execute(update(bank_batch).where(mine).values(state="POSTED", posted_at=at))
    missing = batch.row_count - len(rows)
    if missing:
        facts = {"batch_no": told.batch_no, "rows": missing}
        await staff_tasks.open_task(connection, TaskKind.BANK_ROWS_MISSING, told.batch_no, facts)
    paid = [result.amount_fen for _, result in rows if result.is_paid]
    return Posted(len(paid), len(rows) - len(paid), missing, sum(paid))


async def _find(connection: AsyncConnection, batch_no: str, *, lock: bool = False) -> Row[Any]:
    asked = select(bank_batch).where(bank_batch.c.batch_no == batch_no)
    row = (await connection.execute(asked.with_for_update() if lock else asked)).one_or_none()
    if row is None:
        raise FileRefused(f"没有批次 {batch_no}。")
    return row


async def _rows(connection: AsyncConnection, told: ReturnFile) -> list[tuple[Row[Any], ReturnRow]]:
    """Our row beside the bank's. A row that is not ours, or of another amount, refuses the file."""
    asked = select(bank_batch_row).where(bank_batch_row.c.batch_no == told.batch_no)
    ours = {row.row_no: row for row in await connection.execute(asked)}
    pairs = []
    for result in told.rows:
        row = ours.get(result.row_no)
        if row is None or (row.account_no, row.amount_fen) != (
            result.account_no,
            result.amount_fen,
        ):
            raise FileRefused(f"回盘第 {result.row_no} 笔与送盘不一致，没有入账。")
        pairs.append((row, result))
    return pairs


async def _settle(
    connection: AsyncConnection, batch_no: str, row: Row[Any], result: ReturnRow, at: datetime
) -> None:
    state = TransactionState.PAID if result.is_paid else TransactionState.FAILED
    told = Transaction(
        row.order_no,
        state,
        row.amount_fen,
        provider_txn=result.bank_seq or f"{batch_no}-{row.row_no}",
        failure=None if result.is_paid else result.failure,
    )
    await settlement.settle(connection, BANK_FILE, told, at)
    await connection.execute(
        update(bank_batch_row)
        .where(bank_batch_row.c.batch_no == batch_no, bank_batch_row.c.row_no == row.row_no)
        .values(result_code=result.code, bank_seq=result.bank_seq)
    )
