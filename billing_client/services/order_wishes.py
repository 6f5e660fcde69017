"""From a wish to pay to one reserved order: amount, bills, and what stands in the way."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import AmountRefused, KeyReused, NoSuchBill, NothingToPay
from billing_client.pay.capabilities import Scene
from billing_client.pay.settings import PaymentSettings
from billing_client.services import open_bills, payment_orders
from billing_client.services.payment_orders import MANUAL, ORDER_LIFETIME, Reservation
from billing_client.store import clock
from billing_client.store.locks import lock_account


@dataclass(frozen=True)
class Wish:
    """What a customer asked to pay; ``amount_fen`` None means all that the bills ask."""

    account_no: str
    idempotency_key: str
    amount_fen: int | None
    bill_ids: tuple[int, ...]
    conversation_id: str | None
    provider: str
    scene: Scene = Scene.QR
    payer: str | None = None

    @property
    def parameters_hash(self) -> str:
        """Of all that the order is made of: a key that comes again must mean the same order."""
        bills = sorted(self.bill_ids)
        said = json.dumps([self.account_no, self.amount_fen, bills, self.provider, self.scene])
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Found:
    """What the books hold for a wish: an order, or orders that must go first."""

    order: Row[Any] | None = None
    reused: bool = False
    in_the_way: tuple[Row[Any], ...] = ()


class OrderWishes:
    """Finds or reserves the order that answers a wish; one live order for a set of bills."""

    def __init__(self, settings: PaymentSettings) -> None:
        self._settings = settings

    async def find_or_reserve(self, connection: AsyncConnection, wish: Wish) -> Found:
        """Under the account's lock, which lasts until the caller commits."""
        await lock_account(connection, wish.account_no)
        known = await payment_orders.find_by_key(connection, wish.account_no, wish.idempotency_key)
        if known is not None:
            if known.parameters_hash != wish.parameters_hash:
                raise KeyReused
            return Found(known)
        at = await clock.now(connection)
        amount_fen, bill_ids = await self._decide(connection, wish)
        live = await _live_orders(connection, wish.account_no, bill_ids)
        same = [
            order
            for order, covered in live
            if _answers(order, wish, amount_fen)
            and covered == set(bill_ids)
            and order.expires_at > at
        ]
        if same:
            return Found(same[0], reused=True)
        if live:
            return Found(in_the_way=tuple(order for order, _ in live))
        order_no = await payment_orders.reserve(
            connection, self._reservation(wish, amount_fen, bill_ids, at), at
        )
        return Found(await payment_orders.find(connection, order_no))

    def _reservation(
        self, wish: Wish, amount_fen: int, bill_ids: tuple[int, ...], at: datetime
    ) -> Reservation:
        return Reservation(
            account_no=wish.account_no,
            idempotency_key=wish.idempotency_key,
            parameters_hash=wish.parameters_hash,
            provider=wish.provider,
            kind=MANUAL,
            amount_fen=amount_fen,
            bill_ids=bill_ids,
            expires_at=at + ORDER_LIFETIME,
            conversation_id=wish.conversation_id,
            scene=wish.scene,
            payer=wish.payer,
        )

    async def _decide(self, connection: AsyncConnection, wish: Wish) -> tuple[int, tuple[int, ...]]:
        """Amount and bills of the order. Late fees are posted now, so that the amount stands."""
        at = await clock.now(connection)
        all_open = await open_bills.quote(connection, wish.account_no, at)
        if missing := set(wish.bill_ids) - await open_bills.known(
            connection, wish.account_no, wish.bill_ids
        ):
            raise NoSuchBill(bill_ids=sorted(missing))
        chosen = {
            bill_id: fen
            for bill_id, fen in all_open.items()
            if not wish.bill_ids or bill_id in wish.bill_ids
        }
        owed_fen = sum(chosen.values())
        if wish.amount_fen is None and owed_fen == 0:
            raise NothingToPay
        amount_fen = owed_fen if wish.amount_fen is None else wish.amount_fen
        # A bill smaller than the smallest amount may still be paid off.
        smallest_fen = min(self._settings.smallest_fen, owed_fen or self._settings.smallest_fen)
        if not smallest_fen <= amount_fen <= self._settings.largest_fen:
            raise AmountRefused(smallest_fen=smallest_fen, largest_fen=self._settings.largest_fen)
        return amount_fen, tuple(chosen)


def _answers(order: Row[Any], wish: Wish, amount_fen: int) -> bool:
    asked = (amount_fen, wish.provider, wish.scene)
    return (order.amount_fen, order.provider, order.scene) == asked


async def _live_orders(
    connection: AsyncConnection, account_no: str, bill_ids: tuple[int, ...]
) -> list[tuple[Row[Any], set[int]]]:
    """Live manual orders that share a bill with these; for a top-up, live top-ups."""
    live = []
    for order in await payment_orders.open_orders(connection, account_no):
        covered = set(await payment_orders.bill_ids(connection, order.order_no))
        shared = covered & set(bill_ids) or (not covered and not bill_ids)
        if order.kind == MANUAL and shared:
            live.append((order, covered))
    return live
