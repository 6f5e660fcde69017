"""Cash and card at the hall: entered by staff with the number of the receipt.

The same settlement as for every other payment, once for each receipt.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.errors import AccountNotFound, AmountRefused, KeyReused
from billing_client.pay.messages import Transaction, TransactionState
from billing_client.services import open_bills, payment_orders, settlement
from billing_client.services.payment_orders import ORDER_LIFETIME, Reservation
from billing_client.store.locks import lock_account
from billing_client.store.tables import account

COUNTER = "counter"
LARGEST_FEN = 100_000_000  # a slip of the finger stops here


class Means(StrEnum):
    CASH = "counter_cash"
    CARD = "counter_card"


@dataclass(frozen=True)
class CounterPayment:
    account_no: str
    amount_fen: int
    receipt_no: str
    means: Means

    @property
    def parameters_hash(self) -> str:
        said = json.dumps([self.account_no, self.amount_fen, self.means])
        return hashlib.sha256(said.encode()).hexdigest()


async def take(connection: AsyncConnection, payment: CounterPayment, at: datetime) -> str:
    """The order's number; entered a second time, the first one's.

    Raises AccountNotFound, AmountRefused, and KeyReused for a receipt that is used otherwise.
    """
    await lock_account(connection, payment.account_no)
    asked = select(account.c.account_no).where(account.c.account_no == payment.account_no)
    if await connection.scalar(asked) is None:
        raise AccountNotFound(account_no=payment.account_no)
    if not 0 < payment.amount_fen <= LARGEST_FEN:
        raise AmountRefused(smallest_fen=1, largest_fen=LARGEST_FEN)
    key = f"receipt:{payment.means}:{payment.receipt_no}"
    known = await payment_orders.find_by_key(connection, payment.account_no, key)
    if known is not None:
        if known.parameters_hash != payment.parameters_hash:
            raise KeyReused
        return known.order_no
    bills = await open_bills.quote(connection, payment.account_no, at)
    wanted = Reservation(
        account_no=payment.account_no,
        idempotency_key=key,
        parameters_hash=payment.parameters_hash,
        provider=payment.means,
        kind=COUNTER,
        amount_fen=payment.amount_fen,
        bill_ids=tuple(bills),
        expires_at=at + ORDER_LIFETIME,
        conversation_id=None,
    )
    order_no = await payment_orders.reserve(connection, wanted, at)
    paid = Transaction(
        order_no,
        TransactionState.PAID,
        payment.amount_fen,
        provider_txn=payment.receipt_no,
    )
    outcome = await settlement.settle(connection, payment.means, paid, at)
    if outcome is not settlement.Outcome.SETTLED:
        raise KeyReused  # the receipt was entered for another account
    return order_no
