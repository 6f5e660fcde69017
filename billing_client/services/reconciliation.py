"""A day of a provider's bill beside our orders and our ledger, and what follows from it.

Run again it replaces what it found before; money that is put right is put right once.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain.money import round_half_up
from billing_client.domain.reconciliation import Fault, Finding, Key, compare
from billing_client.pay.messages import (
    BillRow,
    RefundResult,
    RefundState,
    RowKind,
    Transaction,
    TransactionState,
)
from billing_client.services import reconciliation_books, refund_results, settlement
from billing_client.services.reconciliation_report import DayReport, write_down
from billing_client.store.locks import lock_names
from billing_client.store.tables import recon_row

FEN_A_YUAN = 100
# Faults by which money is there and not where it belongs: the settlement takes it in.
SETTLED = frozenset({Fault.DROPPED, Fault.UNKNOWN, Fault.AMOUNT, Fault.OTHER_TRANSACTION})


class GivesBills(Protocol):
    """What is asked of a ``PaymentProvider`` here."""

    @property
    def name(self) -> str: ...
    async def trade_bill(self, day: date) -> tuple[BillRow, ...]: ...


async def reconcile(engine: AsyncEngine, provider: GivesBills, day: date) -> DayReport:
    """Fetch, compare, settle what was dropped, compare again, book fee and payout.

    Raises what ``trade_bill`` raises: a bill that is not made yet is asked for later.
    """
    rows = await provider.trade_bill(day)
    async with engine.begin() as connection:
        await lock_names(connection, f"recon:{provider.name}")
        await _keep(connection, provider.name, day, rows)
        first = await _compare(connection, provider.name, day)
    for finding in first:
        if finding.fault in SETTLED:
            await _settle(engine, provider.name, _row_of(rows, finding))
    async with engine.begin() as connection:
        await lock_names(connection, f"recon:{provider.name}")
        left = await _compare(connection, provider.name, day)
        dropped = [it for it in first if it.fault is Fault.DROPPED and it not in left]
        report = _report(provider.name, day, rows, left, dropped)
        await write_down(connection, report)
    return report


async def _keep(
    connection: AsyncConnection, provider: str, day: date, rows: Sequence[BillRow]
) -> None:
    await connection.execute(
        delete(recon_row).where(recon_row.c.provider == provider, recon_row.c.day == day)
    )
    if rows:
        await connection.execute(
            insert(recon_row),
            [
                {
                    "provider": provider,
                    "day": day,
                    "line": line,
                    "kind": row.kind,
                    "number": _number(row),
                    "order_no": row.order_no,
                    "ref": _ref(row),
                    "amount_fen": row.amount_fen,
                    "fee_yuan": row.fee_yuan,
                    "at": row.at,
                }
                for line, row in enumerate(rows, start=1)
            ],
        )


def _number(row: BillRow) -> str:
    return row.order_no if row.kind is RowKind.PAYMENT else row.refund_no or row.order_no


def _ref(row: BillRow) -> str:
    if row.kind is RowKind.PAYMENT:
        return row.provider_txn
    return row.provider_refund or f"{row.provider_txn}:{row.refund_no}"


def _row_of(rows: Sequence[BillRow], finding: Finding) -> BillRow:
    return next(
        row
        for row in rows
        if Key(row.kind, _number(row)) == finding.key and _ref(row) == finding.ref
    )


async def _compare(connection: AsyncConnection, provider: str, day: date) -> tuple[Finding, ...]:
    theirs = await reconciliation_books.theirs(connection, provider, day)
    ours = await reconciliation_books.ours(connection, provider, day)
    booked = await reconciliation_books.booked(connection, provider, day, ours.values())
    neighbours = await reconciliation_books.neighbours(connection, provider, day)
    next_day_known = await reconciliation_books.known(connection, provider, day + timedelta(days=1))
    return compare(theirs, ours, booked, neighbours, next_day_known=next_day_known)


async def _settle(engine: AsyncEngine, provider: str, row: BillRow) -> None:
    """As if its notice had come now: settled, or kept in suspense, or known already."""
    async with engine.begin() as connection:
        if row.kind is RowKind.REFUND:
            told = RefundResult(
                str(row.refund_no), row.order_no, RefundState.DONE, row.amount_fen,
                row.provider_refund,
            )  # fmt: skip
            await refund_results.take_in(connection, provider, told, row.at)
            return
        paid = Transaction(
            row.order_no, TransactionState.PAID, row.amount_fen, provider_txn=row.provider_txn
        )
        await settlement.settle(connection, provider, paid, row.at)


def _report(
    provider: str,
    day: date,
    rows: Sequence[BillRow],
    left: Sequence[Finding],
    late: Sequence[Finding],
) -> DayReport:
    fees = sum((row.fee_yuan for row in rows), Decimal(0))
    return DayReport(
        provider=provider,
        day=day,
        rows=len(rows),
        payments_fen=sum(row.amount_fen for row in rows if row.kind is RowKind.PAYMENT),
        refunds_fen=sum(row.amount_fen for row in rows if row.kind is RowKind.REFUND),
        fee_fen=round_half_up(fees * FEN_A_YUAN),  # once a day: single fees have five decimals
        findings=tuple(left),
        late=tuple(late),
    )
