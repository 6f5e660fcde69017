"""The one place where a provider's word becomes money: for notices and queries alike.

Settled once for each (provider, provider's transaction), whatever comes twice, late or
out of order. Money that fits no order is kept in suspense, never dropped.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import payment_postings
from billing_client.domain.payment import Transition
from billing_client.pay import reasons
from billing_client.pay.messages import Transaction, TransactionState
from billing_client.services import (
    allocation,
    ledger,
    notices,
    open_bills,
    payment_orders,
    suspense,
)
from billing_client.services.autopay_results import record_result
from billing_client.store.locks import lock_account
from billing_client.store.tables import allocation as allocation_table
from billing_client.store.tables import bill, journal


class Outcome(StrEnum):
    SETTLED = "settled"
    DUPLICATE = "duplicate"
    SUSPENSE = "suspense"
    FAILED = "failed"
    CLOSED = "closed"
    NOTHING = "nothing"  # no news


async def settle(
    connection: AsyncConnection, provider: str, transaction: Transaction, at: datetime
) -> Outcome:
    """Take in what a verified notice or answer says. One transaction, the caller's."""
    order = await payment_orders.find(connection, transaction.order_no, lock=True)
    if transaction.state is TransactionState.PAID:
        return await _paid(connection, provider, transaction, order, at)
    if order is None or order.provider != provider:
        return Outcome.NOTHING
    if transaction.state is TransactionState.FAILED:
        return await _failed(
            connection, order, reasons.reason(transaction.failure or "PAYERROR"), at
        )
    if transaction.state is TransactionState.CLOSED:
        return await closed(connection, order, "payment_closed")
    return Outcome.NOTHING


async def _paid(
    connection: AsyncConnection,
    provider: str,
    transaction: Transaction,
    order: Row[Any] | None,
    at: datetime,
) -> Outcome:
    if transaction.provider_txn is None:
        raise ValueError(f"{provider} says {transaction.order_no} is paid and names no transaction")
    if await _taken(connection, provider, transaction):
        return Outcome.DUPLICATE
    right = (provider, transaction.amount_fen, transaction.currency)
    if order is None or (order.provider, order.amount_fen, "CNY") != right:
        return await _suspend(connection, provider, transaction, order, at)
    if order.state == "PAID" and order.provider_txn != transaction.provider_txn:
        return await _suspend(connection, provider, transaction, order, at)
    await lock_account(connection, order.account_no)
    if not await _post(connection, provider, transaction, order.account_no, at):
        return Outcome.DUPLICATE
    # From every state: money that comes after closing or failing is still money.
    await payment_orders.move(
        connection,
        order.order_no,
        Transition.PAY,
        provider_txn=transaction.provider_txn,
        paid_at=at,
        failure=None,
        next_query_at=None,
    )
    preferred = await payment_orders.bill_ids(connection, order.order_no)
    as_of = _fees_as_of(order, at)
    await allocation.allocate(connection, order.account_no, order.order_no, preferred, as_of)
    await _tell_paid(connection, order, transaction.provider_txn, at)
    return Outcome.SETTLED


async def _taken(connection: AsyncConnection, provider: str, transaction: Transaction) -> bool:
    """Whether this transaction is in the books: once, as payment or in suspense, never both.

    A later word about it with another amount moves no second money: staff see the first one.
    """
    ref = f"{provider}:{transaction.provider_txn}"
    asked = select(journal.c.journal_id).where(
        journal.c.kind.in_(("pay", "suspense")), journal.c.ref == ref
    )
    return await connection.scalar(asked) is not None


def _fees_as_of(order: Row[Any], at: datetime) -> datetime:
    """Paid in time, an order clears the bills it was made for: no late fee since then."""
    ordered_at = order.expires_at - payment_orders.ORDER_LIFETIME
    return ordered_at if ordered_at <= at <= order.expires_at else at


async def _post(
    connection: AsyncConnection,
    provider: str,
    transaction: Transaction,
    account_no: str,
    at: datetime,
) -> bool:
    lines = payment_postings(account_no, provider, transaction.amount_fen)
    ref = f"{provider}:{transaction.provider_txn}"
    return await ledger.post(connection, "pay", ref, account_no, lines, at) is not None


async def _tell_paid(
    connection: AsyncConnection, order: Row[Any], provider_txn: str, at: datetime
) -> None:
    periods, used_fen = await _settled_bills(connection, order.order_no)
    payload = {
        "order_no": order.order_no,
        "account_no": order.account_no,
        "amount_fen": order.amount_fen,
        "left_open_fen": await open_bills.open_fen(connection, order.account_no, at),
        "credited_fen": order.amount_fen - used_fen,
        "periods": periods,
    }
    dedupe = f"paid:{order.provider}:{provider_txn}"
    if order.kind == payment_orders.AUTOPAY:
        await record_result(connection, order.account_no, "paid", at, payload, dedupe)
    else:
        await _tell(connection, order, "payment_settled", dedupe, payload)


async def _settled_bills(connection: AsyncConnection, order_no: str) -> tuple[list[str], int]:
    """Periods the order paid for, and how much of it the bills took."""
    parts = allocation_table
    asked = (
        select(bill.c.period, func.sum(parts.c.amount_fen))
        .join(parts, parts.c.bill_id == bill.c.bill_id)
        .where(parts.c.source == order_no)
        .group_by(bill.c.period)
        .order_by(bill.c.period)
    )
    rows = (await connection.execute(asked)).all()
    return [row[0] for row in rows], sum(int(row[1]) for row in rows)


async def _suspend(
    connection: AsyncConnection,
    provider: str,
    transaction: Transaction,
    order: Row[Any] | None,
    at: datetime,
) -> Outcome:
    kept = await suspense.keep(connection, provider, transaction, order, at)
    return Outcome.SUSPENSE if kept else Outcome.DUPLICATE


async def _failed(
    connection: AsyncConnection, order: Row[Any], reason: str, at: datetime
) -> Outcome:
    if not await payment_orders.move(
        connection, order.order_no, Transition.FAIL, failure=reason, next_query_at=None
    ):
        return Outcome.DUPLICATE
    payload = {
        "order_no": order.order_no,
        "account_no": order.account_no,
        "amount_fen": order.amount_fen,
        "reason": reason,
    }
    dedupe = f"failed:{order.order_no}"
    if order.kind == payment_orders.AUTOPAY:
        await record_result(connection, order.account_no, reason, at, payload, dedupe)
    else:
        await _tell(connection, order, "payment_failed", dedupe, payload)
    return Outcome.FAILED


async def refuse(connection: AsyncConnection, order_no: str, reason: str, at: datetime) -> Outcome:
    """The provider declined the order when it was made."""
    order = await payment_orders.find(connection, order_no, lock=True)
    assert order is not None, order_no
    return await _failed(connection, order, reasons.reason(reason), at)


async def closed(connection: AsyncConnection, order: Row[Any], topic: str | None) -> Outcome:
    """The order takes no more money; ``topic`` None when the customer asked for another."""
    if not await payment_orders.move(
        connection, order.order_no, Transition.CLOSE, next_query_at=None
    ):
        return Outcome.DUPLICATE
    if topic is not None:
        payload = {
            "order_no": order.order_no,
            "account_no": order.account_no,
            "amount_fen": order.amount_fen,
        }
        await _tell(connection, order, topic, f"closed:{order.order_no}", payload)
    return Outcome.CLOSED


async def _tell(
    connection: AsyncConnection,
    order: Row[Any],
    topic: str,
    dedupe: str,
    payload: dict[str, Any],
) -> None:
    await notices.write_notice(
        connection,
        topic,
        dedupe,
        account_no=order.account_no,
        conversation_id=order.conversation_id,
        channel=None,
        channel_user=None,
        payload=payload,
    )
