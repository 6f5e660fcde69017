"""Money that fits no order: kept where staff find it, never dropped."""

from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import suspense_postings
from billing_client.domain.payment import Transition
from billing_client.pay.messages import Transaction
from billing_client.services import ledger, notices, payment_orders, staff_tasks
from billing_client.services.staff_tasks import TaskKind

log = structlog.get_logger(__name__)

MISMATCH = "AMOUNT_MISMATCH"
NO_ACCOUNT = "unknown"  # journal of money that names no order of ours


async def keep(
    connection: AsyncConnection,
    provider: str,
    transaction: Transaction,
    order: Row[Any] | None,
    at: datetime,
) -> bool:
    """Post it to suspense, raise the alarm, open a task; False when that was done before."""
    account_no = NO_ACCOUNT if order is None else order.account_no
    ref = f"{provider}:{transaction.provider_txn}"
    lines = suspense_postings(provider, transaction.amount_fen)
    if await ledger.post(connection, "suspense", ref, account_no, lines, at) is None:
        return False
    if order is not None:
        await payment_orders.move(
            connection, order.order_no, Transition.FAIL, failure=MISMATCH, next_query_at=None
        )
    payload = {
        "order_no": transaction.order_no,
        "amount_fen": transaction.amount_fen,
        "currency": transaction.currency,
        "expected_fen": None if order is None else order.amount_fen,
    }
    log.error("payment.suspense", provider=provider, **payload)
    task = TaskKind.PAYMENT_SUSPENSE
    await staff_tasks.open_task(
        connection, task, ref, payload, None if order is None else account_no
    )
    await notices.write_notice(
        connection,
        "payment_suspense",
        f"suspense:{ref}",
        account_no=None if order is None else order.account_no,
        conversation_id=None,
        channel="staff",
        channel_user=None,
        payload=payload,
    )
    return True
