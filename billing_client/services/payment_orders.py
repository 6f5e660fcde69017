"""The rows of payment orders: reserve, find, move. Every move names the states it may start from.

An order's life (expiry, next query) runs by two clocks: what customers are told by the
clock of billing, what providers are asked by the real one.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.payment import LIVE, TRANSITIONS, Transition
from billing_client.pay.capabilities import Scene
from billing_client.store.tables import payment_order, payment_order_bill

MANUAL = "manual"
AUTOPAY = "autopay"
OPEN_STATES = tuple(sorted(LIVE))
# A Native code_url lives two hours.
ORDER_LIFETIME = timedelta(hours=2)
ORDER_NUMBER_CHARACTERS = 32  # out_trade_no, doc/v3/merchant/4012791877


@dataclass(frozen=True)
class Reservation:
    """An order about to be made, all of it decided before the provider hears of it."""

    account_no: str
    idempotency_key: str
    parameters_hash: str
    provider: str
    kind: str
    amount_fen: int
    bill_ids: tuple[int, ...]
    expires_at: datetime
    conversation_id: str | None
    scene: str = Scene.QR
    payer: str | None = None  # who pays, as the scene asks (pay/messages.py, NewOrder)


def new_order_no(at: datetime) -> str:
    """``XS`` + moment + 12 random hex digits: sortable for people, not to be guessed."""
    return f"XS{at:%Y%m%d%H%M%S}{secrets.token_hex(6)}"


def bill_set(bill_ids: tuple[int, ...]) -> str:
    """One word for one set of bills; the empty one is that of top-ups."""
    return ",".join(str(bill_id) for bill_id in sorted(bill_ids))


async def reserve(connection: AsyncConnection, wanted: Reservation, at: datetime) -> str:
    """Store the order before anyone is called. The caller holds the account's lock."""
    order_no = new_order_no(at)
    values = {name: value for name, value in vars(wanted).items() if name != "bill_ids"}
    await connection.execute(
        insert(payment_order).values(
            order_no=order_no, state="CREATED", bills=bill_set(wanted.bill_ids), **values
        )
    )
    if wanted.bill_ids:
        rows = [
            {"order_no": order_no, "bill_id": bill_id, "position": position}
            for position, bill_id in enumerate(wanted.bill_ids)
        ]
        await connection.execute(insert(payment_order_bill), rows)
    return order_no


async def find(
    connection: AsyncConnection, order_no: str, *, lock: bool = False
) -> Row[Any] | None:
    asked = select(payment_order).where(payment_order.c.order_no == order_no)
    answer = await connection.execute(asked.with_for_update() if lock else asked)
    return answer.one_or_none()


async def find_by_key(connection: AsyncConnection, account_no: str, key: str) -> Row[Any] | None:
    asked = select(payment_order).where(
        payment_order.c.account_no == account_no, payment_order.c.idempotency_key == key
    )
    return (await connection.execute(asked)).one_or_none()


async def open_orders(connection: AsyncConnection, account_no: str) -> list[Row[Any]]:
    """Orders of the account that may still bring money, newest first."""
    asked = (
        select(payment_order)
        .where(payment_order.c.account_no == account_no, payment_order.c.state.in_(OPEN_STATES))
        .order_by(payment_order.c.created_at.desc())
    )
    return list(await connection.execute(asked))


async def bill_ids(connection: AsyncConnection, order_no: str) -> tuple[int, ...]:
    asked = (
        select(payment_order_bill.c.bill_id)
        .where(payment_order_bill.c.order_no == order_no)
        .order_by(payment_order_bill.c.position)
    )
    return tuple(await connection.scalars(asked))


async def move(
    connection: AsyncConnection, order_no: str, transition: Transition, **values: Any
) -> bool:
    """Make the transition when the order may; False when something else came first."""
    start, state = TRANSITIONS[transition]
    moved = await connection.execute(
        update(payment_order)
        .where(payment_order.c.order_no == order_no, payment_order.c.state.in_(start))
        .values(state=state, **values)
    )
    return moved.rowcount == 1


async def ask_again_after(connection: AsyncConnection, order_no: str, wait: timedelta) -> None:
    """Book the next query, by the real clock."""
    await connection.execute(
        update(payment_order)
        .where(payment_order.c.order_no == order_no)
        .values(next_query_at=func.now() + wait)
    )
