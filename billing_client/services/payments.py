"""Payment orders for customers: made once for a wish, found again, and their history.

Who may ask for which account is decided before these are called (``core.py``).
"""

import contextlib
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client import views
from billing_client.errors import (
    AmountRefused,
    KeyReused,
    NoSuchBill,
    NoSuchOrder,
    NothingToPay,
    ProviderSilent,
)
from billing_client.pay.links import PaymentLinks
from billing_client.pay.port import OutcomeUnknown, PaymentProvider
from billing_client.pay.settings import PaymentSettings
from billing_client.services import open_bills, payment_orders
from billing_client.services.order_placing import OrderPlacer
from billing_client.services.payment_orders import (
    MANUAL,
    NOT_PLACED,
    OPEN_STATES,
    ORDER_LIFETIME,
    Reservation,
)
from billing_client.store import clock, settings
from billing_client.store.locks import lock_account
from billing_client.store.tables import payment_order
from billing_client.views import Caller

ROUNDS = 3  # an order in the way is closed, then all is looked at again
HISTORY = 10


@dataclass(frozen=True)
class _Wish:
    account_no: str
    idempotency_key: str
    amount_fen: int | None
    bill_ids: tuple[int, ...]
    conversation_id: str | None

    @property
    def parameters_hash(self) -> str:
        said = json.dumps([self.amount_fen, sorted(self.bill_ids)])
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class _Found:
    """What the books hold for a wish: an order, or orders that must go first."""

    order: Row[Any] | None = None
    reused: bool = False
    in_the_way: tuple[Row[Any], ...] = ()


class PaymentService:
    """One process's door to payment orders; safe with any number of processes at once."""

    def __init__(
        self, engine: AsyncEngine, provider: PaymentProvider, payment_settings: PaymentSettings
    ) -> None:
        self._engine = engine
        self._provider = provider
        self._settings = payment_settings
        self.placer = OrderPlacer(engine, provider)

    async def create_payment_order(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        amount_fen: int | None = None,
        bill_ids: tuple[int, ...] = (),
    ) -> views.PaymentOrderView:
        """See ``BillingClient.create_payment_order``."""
        wish = _Wish(account_no, idempotency_key, amount_fen, bill_ids, caller.conversation_id)
        for _ in range(ROUNDS):
            async with self._engine.begin() as connection:
                found = await self._find_or_reserve(connection, wish)
            if found.order is not None:
                return await self._hand_out(found.order, found.reused)
            await self._make_way(found.in_the_way)
        raise ProviderSilent

    async def payment_order(self, caller: Caller, order_no: str) -> views.PaymentOrderView:
        """The order as it is now: while it may still be paid, the provider is asked."""
        order = await self._order(order_no)
        if order.state in OPEN_STATES:
            # Without an answer, what we know already is told; the janitor asks again.
            with contextlib.suppress(OutcomeUnknown):
                await self.placer.resume(order)
            order = await self._order(order_no)
        return await self._view(order)

    async def payments(self, caller: Caller, account_no: str) -> tuple[views.PaymentView, ...]:
        """The last ten, newest first."""
        asked = (
            select(payment_order)
            .where(payment_order.c.account_no == account_no)
            .order_by(payment_order.c.created_at.desc())
            .limit(HISTORY)
        )
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(asked))
        return tuple(_history_view(row) for row in rows)

    async def _order(self, order_no: str) -> Row[Any]:
        async with self._engine.connect() as connection:
            order = await payment_orders.find(connection, order_no)
        if order is None:
            raise NoSuchOrder
        return order

    async def _find_or_reserve(self, connection: AsyncConnection, wish: _Wish) -> _Found:
        await lock_account(connection, wish.account_no)
        known = await payment_orders.find_by_key(connection, wish.account_no, wish.idempotency_key)
        if known is not None:
            if known.parameters_hash != wish.parameters_hash:
                raise KeyReused
            return _Found(known)
        at = await clock.now(connection)
        amount_fen, bill_ids = await self._decide(connection, wish)
        live = await _live_orders(connection, wish.account_no, bill_ids)
        same = [
            order
            for order, covered in live
            if order.amount_fen == amount_fen and covered == set(bill_ids) and order.expires_at > at
        ]
        if same:
            return _Found(same[0], reused=True)
        if live:
            return _Found(in_the_way=tuple(order for order, _ in live))
        order_no = await payment_orders.reserve(
            connection, self._reservation(wish, amount_fen, bill_ids, at), at
        )
        return _Found(await payment_orders.find(connection, order_no))

    def _reservation(
        self, wish: _Wish, amount_fen: int, bill_ids: tuple[int, ...], at: Any
    ) -> Reservation:
        return Reservation(
            account_no=wish.account_no,
            idempotency_key=wish.idempotency_key,
            parameters_hash=wish.parameters_hash,
            provider=self._provider.name,
            kind=MANUAL,
            amount_fen=amount_fen,
            bill_ids=bill_ids,
            expires_at=at + ORDER_LIFETIME,
            conversation_id=wish.conversation_id,
        )

    async def _decide(
        self, connection: AsyncConnection, wish: _Wish
    ) -> tuple[int, tuple[int, ...]]:
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

    async def _make_way(self, orders: tuple[Row[Any], ...]) -> None:
        """Close what the customer no longer wants, so that nothing is paid twice."""
        for order in orders:
            try:
                await self.placer.close(order, topic=None)
            except OutcomeUnknown as error:
                raise ProviderSilent from error

    async def _hand_out(self, order: Row[Any], reused: bool) -> views.PaymentOrderView:
        if order.state in NOT_PLACED:
            try:
                # A first call goes straight out; after a crash or silence we ask first.
                await (self.placer.resume if order.state == "UNKNOWN" else self.placer.place)(order)
            except OutcomeUnknown as error:
                raise ProviderSilent from error
            order = await self._order(order.order_no)
        return await self._view(order, reused=reused)

    async def links(self) -> PaymentLinks:
        async with self._engine.begin() as connection:
            return PaymentLinks(self._settings.public_url, await settings.signing_key(connection))

    async def _view(self, order: Row[Any], *, reused: bool = False) -> views.PaymentOrderView:
        links = await self.links()
        async with self._engine.connect() as connection:
            bill_ids = await payment_orders.bill_ids(connection, order.order_no)
        return views.PaymentOrderView(
            order_no=order.order_no,
            account_no=order.account_no,
            amount_fen=order.amount_fen,
            state=order.state,
            failure=order.failure,
            pay_url=links.page(order.order_no),
            qr_url=links.qr(order.order_no),
            expires_at=order.expires_at.astimezone(clock.SHANGHAI),
            bill_ids=bill_ids,
            reused=reused,
        )


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


def _history_view(row: Row[Any]) -> views.PaymentView:
    return views.PaymentView(
        order_no=row.order_no,
        account_no=row.account_no,
        provider=row.provider,
        kind=row.kind,
        amount_fen=row.amount_fen,
        state=row.state,
        failure=row.failure,
        created_at=row.created_at.astimezone(clock.SHANGHAI),
        paid_at=row.paid_at.astimezone(clock.SHANGHAI) if row.paid_at else None,
    )
