"""The janitor of payment orders: asks the provider about orders that have gone quiet.

Queries come ever more slowly (5 s, 10 s … 30 min); an order past its time is closed at
the provider, and closing is followed by a last look, because a payment may be faster.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.payment import NOT_PLACED
from billing_client.pay.port import OutcomeUnknown, ProviderRefused
from billing_client.services import payment_orders
from billing_client.services.order_placing import OrderPlacer
from billing_client.services.payment_orders import AUTOPAY, OPEN_STATES
from billing_client.store import clock
from billing_client.store.tables import payment_order

log = structlog.get_logger(__name__)

SHORTEST, LONGEST = timedelta(seconds=5), timedelta(minutes=30)
# A process that died between storing an order and calling the provider leaves it this old.
ABANDONED_AFTER = timedelta(seconds=30)
ORDERS_A_ROUND = 50


async def sweep(
    engine: AsyncEngine,
    placer: OrderPlacer,
    providers: tuple[str, ...],
    *,
    abandoned_after: timedelta = ABANDONED_AFTER,
) -> int:
    """Look at every order of these providers that is due; how many were looked at."""
    due = (
        select(payment_order)
        .where(payment_order.c.state.in_(OPEN_STATES), payment_order.c.provider.in_(providers))
        .where(
            or_(
                payment_order.c.next_query_at <= func.now(),
                payment_order.c.next_query_at.is_(None)
                & (payment_order.c.created_at <= func.now() - abandoned_after),
            )
        )
        .order_by(payment_order.c.next_query_at.nulls_first())
        .limit(ORDERS_A_ROUND)
    )
    async with engine.connect() as connection:
        orders = list(await connection.execute(due))
        now = await clock.now(connection)
    for order in orders:
        await _look_at(engine, placer, order, now)
    return len(orders)


async def _look_at(
    engine: AsyncEngine, placer: OrderPlacer, order: Row[Any], now: datetime
) -> None:
    """One order's trouble must not keep the others waiting."""
    async with engine.begin() as connection:
        await payment_orders.ask_again_after(connection, order.order_no, _wait(order))
    try:
        if order.expires_at > now:
            await placer.resume(order)
        elif order.kind == AUTOPAY or order.state in NOT_PLACED:
            await placer.abandon(order)
        else:
            await placer.close(order, topic="payment_expired")
    except (OutcomeUnknown, ProviderRefused) as error:
        log.warning("janitor.unanswered", order_no=order.order_no, error=str(error))


def _wait(order: Row[Any]) -> timedelta:
    """As long again as the order is old."""
    return min(max(datetime.now(UTC) - order.created_at, SHORTEST), LONGEST)
