"""The deduction run: demand the open bills of accounts whose contract is active.

Never twice for a bill: one order at a time may be live for it, a manual one included,
and an account is tried once a business day.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain.payment import OrderState
from billing_client.pay.port import OutcomeUnknown
from billing_client.pay.providers import Providers
from billing_client.pay.settings import PaymentSettings
from billing_client.services import open_bills, payment_orders
from billing_client.services.order_placing import OrderPlacer
from billing_client.services.payment_orders import AUTOPAY, ORDER_LIFETIME, Reservation
from billing_client.store import clock
from billing_client.store.locks import lock_account
from billing_client.store.tables import (
    autopay_contract,
    bill,
    payment_order,
    payment_order_bill,
)

log = structlog.get_logger(__name__)

# After so many failures a bill waits for its customer, who was told each time.
TRIES_A_BILL = 3


class AutopayRun:
    """Of the providers that deduct on demand; a bank's batches have a service of their own."""

    def __init__(
        self,
        engine: AsyncEngine,
        placer: OrderPlacer,
        settings: PaymentSettings,
        providers: Providers,
    ) -> None:
        self._engine = engine
        self._placer = placer
        self._settings = settings
        self._names = tuple(provider.name for provider in providers if provider.can.autopay)

    async def run(self) -> int:
        """One pass over the active contracts; how many deductions were demanded."""
        asked = select(autopay_contract).where(
            autopay_contract.c.state == "ACTIVE", autopay_contract.c.provider.in_(self._names)
        )
        async with self._engine.connect() as connection:
            contracts = list(await connection.execute(asked))
        demanded = 0
        for contract in contracts:
            demanded += await self._run_contract(contract)
        return demanded

    async def _run_contract(self, contract: Row[Any]) -> bool:
        async with self._engine.begin() as connection:
            order = await reserve_due(connection, contract, self._settings)
        if order is None:
            return False
        try:
            await self._placer.place(order)
        except OutcomeUnknown as error:
            log.warning("autopay.unknown", order_no=order.order_no, error=str(error))
        return True


async def reserve_due(
    connection: AsyncConnection, contract: Row[Any], settings: PaymentSettings
) -> Row[Any] | None:
    """An order over what is due under the contract; None when nothing may be demanded today."""
    account_no = contract.account_no
    await lock_account(connection, account_no)
    at = await clock.now(connection)
    key = f"autopay:{contract.contract_code}:{at:%Y%m%d}"
    if await payment_orders.find_by_key(connection, account_no, key):
        return None
    if await payment_orders.open_orders(connection, account_no):
        return None  # a customer about to pay is not charged as well
    ripe = await _ripe_bills(connection, account_no, at.date() - settings.deduct_after)
    due = await open_bills.quote(connection, account_no, at) if ripe else {}
    chosen = {bill_id: due[bill_id] for bill_id in due if bill_id in ripe}
    amount_fen = sum(chosen.values())
    if not 0 < amount_fen <= settings.largest_fen:
        return None
    wanted = Reservation(
        account_no=account_no,
        idempotency_key=key,
        parameters_hash=_hash(contract.contract_code, chosen),
        provider=contract.provider,
        kind=AUTOPAY,
        amount_fen=amount_fen,
        bill_ids=tuple(chosen),
        expires_at=at + ORDER_LIFETIME,
        conversation_id=contract.conversation_id,
    )
    order_no = await payment_orders.reserve(connection, wanted, at)
    return await payment_orders.find(connection, order_no)


def _hash(contract_code: str, chosen: Mapping[int, int]) -> str:
    said = json.dumps([contract_code, sorted(chosen.items())])
    return hashlib.sha256(said.encode()).hexdigest()


async def _ripe_bills(connection: AsyncConnection, account_no: str, issued_until: date) -> set[int]:
    """Issued long enough ago, and not given up."""
    failed = (
        select(payment_order_bill.c.bill_id)
        .join(payment_order, payment_order.c.order_no == payment_order_bill.c.order_no)
        .where(
            payment_order.c.account_no == account_no,
            payment_order.c.kind == AUTOPAY,
            payment_order.c.state == OrderState.FAILED,
        )
        .group_by(payment_order_bill.c.bill_id)
        .having(func.count() >= TRIES_A_BILL)
    )
    asked = select(bill.c.bill_id).where(
        bill.c.account_no == account_no,
        bill.c.issued_on <= issued_until,
        bill.c.bill_id.not_in(failed),
    )
    return set(await connection.scalars(asked))


async def next_run_on(
    connection: AsyncConnection, account_no: str, deduct_after: timedelta
) -> date | None:
    """The day of the next try: for open bills today or when they are ripe, else a month on."""
    at = await clock.now(connection)
    is_open = bill.c.paid_fen < bill.c.total_fen + bill.c.late_fee_fen
    mine = select(func.min(bill.c.issued_on)).where(bill.c.account_no == account_no)
    oldest = await connection.scalar(mine.where(is_open))
    if oldest is not None:
        return max(at.date(), oldest + deduct_after)
    last = await connection.scalar(
        select(func.max(bill.c.issued_on)).where(bill.c.account_no == account_no)
    )
    return None if last is None else _month_later(last) + deduct_after


def _month_later(day: date) -> date:
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last_day = (following + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return following.replace(day=min(day.day, last_day.day))
