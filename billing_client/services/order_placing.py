"""Carries a reserved order to the provider and brings its answer home.

Reserve, commit, call, record: between any two of them a process may die, and the next
one who asks (a repeated request, the janitor) goes on with the same order number.
"""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.payment import NOT_PLACED, Transition
from billing_client.pay.capabilities import Scene
from billing_client.pay.messages import Deduction, NewOrder, Transaction, TransactionState
from billing_client.pay.port import (
    NumberTaken,
    OutcomeUnknown,
    PaymentProvider,
    ProviderRefused,
)
from billing_client.pay.providers import Providers
from billing_client.services import payment_orders, settlement
from billing_client.services.payment_orders import AUTOPAY, ORDER_LIFETIME
from billing_client.store import clock
from billing_client.store.engine import reading
from billing_client.store.tables import autopay_contract

log = structlog.get_logger(__name__)

FIRST_QUERY = timedelta(seconds=5)
DESCRIPTION = "水费"


class OrderPlacer:
    """Talks to the provider outside any transaction; no lock is held while it answers."""

    def __init__(
        self,
        engine: AsyncEngine,
        providers: Providers,
    ) -> None:
        self._engine, self._reading = engine, reading(engine)
        self._providers = providers

    async def place(self, order: Row[Any]) -> None:
        """Make the order known to the provider. ``OutcomeUnknown`` leaves it to a query."""
        try:
            code_url = await self._call(self._providers.of(order.provider), order)
        except ProviderRefused as refusal:
            await self._refused(order, refusal)
            return
        except OutcomeUnknown:
            async with self._engine.begin() as connection:
                await payment_orders.move(connection, order.order_no, Transition.LOSE)
                await payment_orders.ask_again_after(connection, order.order_no, FIRST_QUERY)
            raise
        await self._record(order.order_no, code_url)

    async def _call(self, provider: PaymentProvider, order: Row[Any]) -> str | None:
        if order.kind == AUTOPAY:
            await provider.move_money(await self._deduction(order))
            return None
        return await provider.create_order(
            NewOrder(
                order.order_no,
                order.amount_fen,
                _description(order.account_no),
                order.created_at + ORDER_LIFETIME,
                Scene(order.scene),
                order.payer,
            )
        )

    async def _deduction(self, order: Row[Any]) -> Deduction:
        contracts = autopay_contract.c
        asked = autopay_contract.select().where(
            contracts.account_no == order.account_no, contracts.state == "ACTIVE"
        )
        async with self._reading.connect() as connection:
            contract = (await connection.execute(asked)).one_or_none()
        if contract is None:
            raise ProviderRefused("CONTRACT_ENDED")
        return Deduction(
            order.order_no,
            contract.provider_contract_id,
            order.amount_fen,
            _description(order.account_no),
        )

    async def _record(self, order_no: str, code_url: str | None) -> None:
        async with self._engine.begin() as connection:
            # A notice may have been faster: then the order has moved on and stays there.
            if await payment_orders.move(connection, order_no, Transition.PLACE, code_url=code_url):
                await payment_orders.ask_again_after(connection, order_no, FIRST_QUERY)

    async def _refused(self, order: Row[Any], refusal: ProviderRefused) -> None:
        if isinstance(refusal, NumberTaken):
            outcome = await self.query(order)
            if outcome is not settlement.Outcome.NOTHING:
                return
        log.warning("payment.refused", order_no=order.order_no, code=refusal.code)
        async with self._engine.begin() as connection:
            at = await clock.now(connection)
            await settlement.refuse(connection, order.order_no, refusal.code, at)

    async def query(self, order: Row[Any]) -> settlement.Outcome:
        """Ask the provider and take in what it says. May raise ``OutcomeUnknown``."""
        return await self.take_in(order.provider, await self._ask(order))

    async def _ask(self, order: Row[Any]) -> Transaction:
        provider = self._providers.of(order.provider)
        return await provider.query(order.order_no, deduction=order.kind == AUTOPAY)

    async def take_in(self, provider: str, told: Transaction) -> settlement.Outcome:
        """Settle what a verified answer or notice says."""
        async with self._engine.begin() as connection:
            at = await clock.now(connection)
            return await settlement.settle(connection, provider, told, at)

    async def resume(self, order: Row[Any]) -> None:
        """Go on with an order whose fate at the provider is not known: ask, then place."""
        told = await self._ask(order)
        waiting = told.state in (TransactionState.MISSING, TransactionState.WAITING)
        if waiting and order.state in NOT_PLACED:
            await self.place(order)
            return
        await self.take_in(order.provider, told)

    async def abandon(self, order: Row[Any]) -> None:
        """An order past its time that nobody was given: ask, close, say nothing.

        A deduction that the provider has accepted cannot be closed: it stays until told.
        """
        told = await self._ask(order)
        if told.state is TransactionState.WAITING:
            if order.kind != AUTOPAY:
                await self.close(order, topic=None)
        elif told.state is TransactionState.MISSING:
            async with self._engine.begin() as connection:
                await settlement.closed(connection, order, None)
        else:
            await self.take_in(order.provider, told)

    async def close(self, order: Row[Any], topic: str | None) -> None:
        """Close at the provider, then here; a payment that was faster is settled instead."""
        try:
            await self._providers.of(order.provider).close(order.order_no)
        except ProviderRefused as refusal:
            told = await self._ask(order)
            if told.state not in (TransactionState.MISSING, TransactionState.CLOSED):
                # Paid meanwhile, or being paid this moment (FREQUENCY_LIMITED): not closed.
                await self.take_in(order.provider, told)
                if told.state is TransactionState.WAITING:
                    raise OutcomeUnknown(refusal.code) from refusal
                return
        async with self._engine.begin() as connection:
            await settlement.closed(connection, order, topic)


def _description(account_no: str) -> str:
    """Shown and kept by the provider: the account's last four digits, no name, no address."""
    return f"{DESCRIPTION} 户号尾号{account_no[-4:]}"
