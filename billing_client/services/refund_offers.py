"""What of an account's payments may go back to the customer."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.refund import PaidOrder, refundable
from billing_client.pay.providers import Providers
from billing_client.services import ledger, payment_orders
from billing_client.services.accounts import since_handover
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import allocation, bill, payment_order
from billing_client.views import RefundableView


async def offers(
    connection: AsyncConnection, account_no: str, providers: Providers, now: datetime
) -> tuple[RefundableView, ...]:
    """Payments of the present owner whose money lies unused, the newest first."""
    rows = {row.order_no: row for row in await paid_orders(connection, account_no)}
    prepaid_fen = await ledger.prepaid_fen(connection, account_no)
    today = now.astimezone(SHANGHAI).date()
    found = refundable([paid_order(row) for row in rows.values()], prepaid_fen, today)
    return tuple(
        [
            await _offer(connection, rows[order.order_no], order, fen, providers)
            for order, fen in found
        ]
    )


async def _offer(
    connection: AsyncConnection, row: Row[Any], order: PaidOrder, fen: int, providers: Providers
) -> RefundableView:
    ids = await payment_orders.bill_ids(connection, order.order_no)
    query = select(bill.c.period).where(bill.c.bill_id.in_(ids)).order_by(bill.c.period)
    return RefundableView(
        order_no=order.order_no,
        account_no=row.account_no,
        provider=row.provider,
        paid_at=row.paid_at.astimezone(SHANGHAI),
        amount_fen=order.amount_fen,
        refundable_fen=fen,
        doubled=bool(ids) and order.allocated_fen == 0,
        periods=tuple((await connection.execute(query)).scalars()),
        original_way=gives_back(providers, row.provider),
    )


def gives_back(providers: Providers, name: str) -> bool:
    return any(it.name == name and it.can.refund for it in providers)


async def paid_orders(connection: AsyncConnection, account_no: str) -> list[Row[Any]]:
    used = (
        select(allocation.c.source, func.sum(allocation.c.amount_fen).label("fen"))
        .where(allocation.c.account_no == account_no)
        .group_by(allocation.c.source)
        .subquery()
    )
    query = (
        select(payment_order, func.coalesce(used.c.fen, 0).label("allocated_fen"))
        .outerjoin(used, used.c.source == payment_order.c.order_no)
        .where(
            payment_order.c.account_no == account_no,
            payment_order.c.state == "PAID",
            payment_order.c.created_at >= since_handover(account_no),
        )
    )
    return list(await connection.execute(query))


def paid_order(row: Row[Any]) -> PaidOrder:
    return PaidOrder(
        row.order_no,
        row.paid_at.astimezone(SHANGHAI).date(),
        row.amount_fen,
        int(row.allocated_fen),
        row.refunded_fen + row.refunding_fen,
    )
