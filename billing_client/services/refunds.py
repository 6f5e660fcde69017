"""Refunds asked for: what may go back, written down once, decided by a second person if large."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, insert
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.invoice import RedReason
from billing_client.domain.refund import RefundStage, refundable
from billing_client.errors import KeyReused, RefundRefused
from billing_client.pay.providers import Providers
from billing_client.services import (
    invoice_reversal,
    invoice_rows,
    ledger,
    payment_orders,
    refund_money,
    refund_offers,
    refund_rows,
    staff_tasks,
)
from billing_client.services.invoices import Origin
from billing_client.services.staff_tasks import TaskKind
from billing_client.store import settings
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import refund
from billing_client.views import Caller

REFUNDS = "refunds"  # the setting {"approval_above_fen": 50000}
APPROVAL_ABOVE_FEN = 50_000


@dataclass(frozen=True)
class RefundWish:
    """``amount_fen`` None: all that may go back. ``from_bills``: what settled bills too."""

    account_no: str
    order_no: str
    idempotency_key: str
    proposed_by: str  # 'web:…' for the customer, 'staff:周敏'
    reason: str
    amount_fen: int | None = None
    from_bills: bool = False
    caller: Caller | None = None


async def request(
    connection: AsyncConnection, wish: RefundWish, providers: Providers, now: datetime
) -> str:
    """Write the refund down, with its money set aside; its number, the same for the same key.

    Raises RefundRefused, KeyReused. The provider is called by ``RefundRunner``.
    """
    # The order's row before the account, as everywhere.
    order = await payment_orders.find(connection, wish.order_no, lock=True)
    await lock_account(connection, wish.account_no)
    known = await refund_rows.find_by_key(connection, wish.account_no, wish.idempotency_key)
    if known is not None:
        if known["order_no"] != wish.order_no or wish.amount_fen not in (None, known["amount_fen"]):
            raise KeyReused
        return known["refund_no"]
    if order is None or order.account_no != wish.account_no or order.state != "PAID":
        raise RefundRefused(reason="nothing")
    if not refund_offers.gives_back(providers, order.provider):
        raise RefundRefused(reason="no_original_way")
    most_fen = await _most_fen(connection, wish, order, now)
    amount_fen = most_fen if wish.amount_fen is None else wish.amount_fen
    if most_fen <= 0 or amount_fen <= 0:
        raise RefundRefused(reason="nothing")
    if amount_fen > most_fen:
        raise RefundRefused(reason="too_much", most_fen=most_fen)
    return await _write(connection, wish, order, amount_fen, now)


async def _most_fen(
    connection: AsyncConnection, wish: RefundWish, order: Row[Any], now: datetime
) -> int:
    if wish.from_bills:
        return order.amount_fen - order.refunded_fen - order.refunding_fen
    rows = await refund_offers.paid_orders(connection, wish.account_no)
    prepaid_fen = await ledger.prepaid_fen(connection, wish.account_no, to_use=True)
    mine = [refund_offers.paid_order(row) for row in rows if row.order_no == order.order_no]
    found = refundable(mine, prepaid_fen, now.astimezone(SHANGHAI).date())
    return found[0][1] if found else 0


async def _write(
    connection: AsyncConnection, wish: RefundWish, order: Row[Any], amount_fen: int, now: datetime
) -> str:
    stored = await settings.read(connection, REFUNDS) or {}
    limit_fen = int(stored.get("approval_above_fen", APPROVAL_ABOVE_FEN))
    who = wish.caller
    await acting_as(connection, wish.proposed_by)
    refund_no = refund_rows.new_refund_no(now)
    await refund_money.hold_order(connection, order.order_no, amount_fen)
    await connection.execute(
        insert(refund).values(
            account_no=wish.account_no,
            refund_no=refund_no,
            idempotency_key=wish.idempotency_key,
            order_no=order.order_no,
            provider=order.provider,
            amount_fen=amount_fen,
            reason=wish.reason,
            from_bills=wish.from_bills,
            state=RefundStage.WAITING_APPROVAL,
            limit_fen=limit_fen,
            proposed_by=wish.proposed_by,
            conversation_id=who.conversation_id if who else None,
            channel=who.channel if who else None,
            channel_user=who.channel_user if who else None,
        )
    )
    if not wish.from_bills:  # credit can be used up meanwhile: it is set aside at once
        await _set_aside(connection, refund_no, now)
    if amount_fen > limit_fen:
        facts = {"refund_no": refund_no, "amount_fen": amount_fen, "proposed_by": wish.proposed_by}
        await staff_tasks.open_task(
            connection, TaskKind.REFUND_APPROVAL, refund_no, facts, wish.account_no
        )
    else:
        await go_ahead(connection, refund_no, now)
    return refund_no


async def go_ahead(
    connection: AsyncConnection, refund_no: str, now: datetime, approved_by: str | None = None
) -> None:
    """Decided: the invoices first, when bills are given up, then the provider."""
    row = await refund_rows.find(connection, refund_no, lock=True)
    assert row is not None, refund_no
    state = RefundStage.RESERVED
    if row["from_bills"] and await live_invoices(connection, row):
        state = RefundStage.RED_LETTER
        await _ask_for_red_letters(connection, row, now)
    elif not row["set_aside"]:
        await _set_aside(connection, refund_no, now)
    await refund_rows.move(
        connection,
        refund_no,
        (RefundStage.WAITING_APPROVAL,),
        state,
        approved_by=approved_by,
        next_try_at=datetime.now(UTC),
    )


async def _set_aside(connection: AsyncConnection, refund_no: str, now: datetime) -> None:
    row = await refund_rows.find(connection, refund_no, lock=True)
    assert row is not None, refund_no
    await refund_money.set_aside(connection, row, now)
    await refund_rows.move(
        connection, refund_no, (RefundStage(row["state"]),), RefundStage(row["state"]),
        set_aside=True,
    )  # fmt: skip


async def after_red_letters(connection: AsyncConnection, row: RowMapping, now: datetime) -> bool:
    """Set the money aside when no invoice stands in the way any more; False while one does."""
    if await live_invoices(connection, row):
        return False
    await _set_aside(connection, row["refund_no"], now)
    moved = await refund_rows.move(
        connection, row["refund_no"], (RefundStage.RED_LETTER,), RefundStage.RESERVED
    )
    return moved is not None


async def live_invoices(connection: AsyncConnection, row: RowMapping) -> list[RowMapping]:
    """Invoices, asked for or issued, over bills that the order's money settles."""
    settled = await refund_money.settled_with(connection, row["account_no"], row["order_no"])
    return await invoice_rows.live_of(connection, [bill_id for bill_id, _, _ in settled])


async def _ask_for_red_letters(connection: AsyncConnection, row: RowMapping, now: datetime) -> None:
    for blue in await live_invoices(connection, row):
        if await invoice_rows.red_of(connection, blue["request_no"]) is None:
            await invoice_reversal.reverse(
                connection,
                blue["request_no"],
                RedReason.RETURNED,
                (row["account_no"], f"refund:{row['refund_no']}:{blue['request_no']}"),
                Origin(blue["provider"]),
                now,
            )
