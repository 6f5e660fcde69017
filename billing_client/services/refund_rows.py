"""The rows of refunds: found, moved, shown."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.refund import UNDER_WAY, RefundStage
from billing_client.pay.messages import Refund
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import payment_order, refund
from billing_client.views import RefundView

LISTED = 10


def new_refund_no(at: datetime) -> str:
    """``TK`` + moment + 12 random hex digits."""
    return f"TK{at.astimezone(SHANGHAI):%Y%m%d%H%M%S}{secrets.token_hex(6)}"


async def find(
    connection: AsyncConnection, refund_no: str, *, lock: bool = False
) -> RowMapping | None:
    query = select(refund).where(refund.c.refund_no == refund_no)
    answer = await connection.execute(query.with_for_update() if lock else query)
    return answer.mappings().one_or_none()


async def find_by_key(connection: AsyncConnection, account_no: str, key: str) -> RowMapping | None:
    query = select(refund).where(refund.c.account_no == account_no, refund.c.idempotency_key == key)
    return (await connection.execute(query)).mappings().one_or_none()


async def move(
    connection: AsyncConnection,
    refund_no: str,
    start: Sequence[RefundStage],
    state: RefundStage,
    **values: Any,
) -> RowMapping | None:
    """The row after the move; None when it was in none of ``start`` any more."""
    moved = (
        update(refund)
        .where(refund.c.refund_no == refund_no, refund.c.state.in_(start))
        .values(state=state, **values)
        .returning(refund)
    )
    return (await connection.execute(moved)).mappings().one_or_none()


async def latest(connection: AsyncConnection, account_no: str) -> list[RowMapping]:
    query = (
        select(refund)
        .where(refund.c.account_no == account_no)
        .order_by(refund.c.created_at.desc(), refund.c.refund_no.desc())
        .limit(LISTED)
    )
    return list((await connection.execute(query)).mappings())


async def under_way(connection: AsyncConnection) -> list[RowMapping]:
    """Of all accounts, oldest first: what staff look after."""
    query = select(refund).where(refund.c.state.in_(UNDER_WAY)).order_by(refund.c.created_at)
    return list((await connection.execute(query)).mappings())


async def asked(connection: AsyncConnection, row: RowMapping) -> Refund:
    """What the provider is told: the same each time."""
    paid_fen = await connection.scalar(
        select(payment_order.c.amount_fen).where(payment_order.c.order_no == row["order_no"])
    )
    assert paid_fen is not None, row["order_no"]
    return Refund(row["refund_no"], row["order_no"], row["amount_fen"], paid_fen, row["reason"])


def view(row: RowMapping) -> RefundView:
    return RefundView(
        refund_no=row["refund_no"],
        account_no=row["account_no"],
        order_no=row["order_no"],
        amount_fen=row["amount_fen"],
        state=row["state"],
        failure=row["failure"],
        created_at=row["created_at"].astimezone(SHANGHAI),
        done_at=row["done_at"].astimezone(SHANGHAI) if row["done_at"] else None,
    )
