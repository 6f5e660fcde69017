"""Payment orders for customers: made once for a wish, found again, and their history.

Who may ask for which account is decided before these are called (``core.py``).
"""

import contextlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client import views
from billing_client.domain.payment import NOT_PLACED
from billing_client.errors import MethodRefused, NoSuchOrder, ProviderSilent
from billing_client.pay.capabilities import Scene
from billing_client.pay.links import PaymentLinks
from billing_client.pay.port import OutcomeUnknown, PaymentProvider
from billing_client.pay.providers import Providers
from billing_client.pay.settings import PaymentSettings
from billing_client.services import payment_orders
from billing_client.services.accounts import since_handover
from billing_client.services.order_placing import OrderPlacer
from billing_client.services.order_wishes import OrderWishes, Wish
from billing_client.services.payment_orders import OPEN_STATES
from billing_client.store import clock, settings
from billing_client.store.engine import reading
from billing_client.store.tables import payment_order
from billing_client.views import Caller

ROUNDS = 3  # an order in the way is closed, then all is looked at again
HISTORY = 10
WECHAT_CHANNEL = "wechat"  # its users are openids of the account whose appid the merchant bound


class PaymentService:
    """One process's door to payment orders; safe with any number of processes at once."""

    def __init__(
        self, engine: AsyncEngine, providers: Providers, payment_settings: PaymentSettings
    ) -> None:
        self._engine, self._reading = engine, reading(engine)
        self._providers = providers
        self._settings = payment_settings
        self._wishes = OrderWishes(payment_settings)
        self.placer = OrderPlacer(engine, providers)

    @property
    def providers(self) -> Providers:
        return self._providers

    def methods(self) -> tuple[str, ...]:
        """The words by which customers choose a provider, the default first."""
        return tuple(provider.method for provider in self._providers.payable(Scene.QR))

    async def create_payment_order(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        amount_fen: int | None = None,
        bill_ids: tuple[int, ...] = (),
        method: str | None = None,
    ) -> views.PaymentOrderView:
        """See ``BillingClient.create_payment_order``."""
        provider = self._providers.choose(method, Scene.QR)
        if provider is None:
            raise MethodRefused(method=method)
        inside = _is_inside_wechat(caller, provider)
        wish = Wish(
            account_no,
            idempotency_key,
            amount_fen,
            bill_ids,
            caller.conversation_id,
            provider.name,
            Scene.IN_WECHAT if inside else Scene.QR,
            caller.channel_user if inside else None,
        )
        return await self._answer(wish)

    async def change_way(
        self, order_no: str, method: str, scene: Scene, address: str | None
    ) -> views.PaymentOrderView:
        """The same bills and amount by another provider or scene; the old order is closed.

        ``address`` is the payer's, which pages on a phone must name. Raises MethodRefused,
        NoSuchOrder, ProviderSilent.
        """
        order = await self._order(order_no)
        provider = self._providers.choose(method, scene)
        if provider is None or order.kind != payment_orders.MANUAL:
            raise MethodRefused(method=method)
        async with self._engine.connect() as connection:
            bill_ids = await payment_orders.bill_ids(connection, order_no)
        wish = Wish(
            order.account_no,
            f"change:{order_no}:{provider.name}:{scene}",
            order.amount_fen,
            bill_ids,
            order.conversation_id,
            provider.name,
            scene,
            address if scene is Scene.PHONE_PAGE else None,
        )
        return await self._answer(wish)

    async def _answer(self, wish: Wish) -> views.PaymentOrderView:
        for _ in range(ROUNDS):
            async with self._engine.begin() as connection:
                found = await self._wishes.find_or_reserve(connection, wish)
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
            .where(
                payment_order.c.account_no == account_no,
                payment_order.c.created_at >= since_handover(account_no),
            )
            .order_by(payment_order.c.created_at.desc())
            .limit(HISTORY)
        )
        async with self._reading.connect() as connection:
            rows = list(await connection.execute(asked))
        return tuple(_history_view(row) for row in rows)

    async def _order(self, order_no: str) -> Row[Any]:
        async with self._reading.connect() as connection:
            order = await payment_orders.find(connection, order_no)
        if order is None:
            raise NoSuchOrder
        return order

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
        async with self._reading.connect() as connection:
            bill_ids = await payment_orders.bill_ids(connection, order.order_no)
        return views.PaymentOrderView(
            order_no=order.order_no,
            account_no=order.account_no,
            amount_fen=order.amount_fen,
            state=order.state,
            failure=order.failure,
            pay_url=links.page(order.order_no),
            qr_url="" if order.scene == Scene.IN_WECHAT else links.qr(order.order_no),
            expires_at=order.expires_at.astimezone(clock.SHANGHAI),
            bill_ids=bill_ids,
            reused=reused,
            provider=order.provider,
            method=self._providers.method_of(order.provider),
        )


def _is_inside_wechat(caller: Caller, provider: PaymentProvider) -> bool:
    """Who writes in WeChat pays there, by their openid; a simulator has no WeChat to pay in."""
    able = Scene.IN_WECHAT in provider.can.scenes and not provider.can.sandbox
    return able and caller.channel == WECHAT_CHANNEL


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
