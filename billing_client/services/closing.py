"""The trial balance, and closing a day or a month of the books.

Nothing is booked into a closed day: a trigger refuses it. What belongs there and comes late
is booked on the first open day (``services/ledger.py``).
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.period import last_day
from billing_client.services import reconciliation_state
from billing_client.store.clock import SHANGHAI
from billing_client.store.proof import first_difference
from billing_client.store.tables import closing


class CannotClose(Exception):
    """The message is a Chinese sentence that says why."""


@dataclass(frozen=True)
class Balance:
    """An account of the ledger (all customers together) in a span of days, in fen.

    ``opening`` and ``closing`` are debit less credit.
    """

    account: str
    opening_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + self.debit_fen - self.credit_fen


_TRIAL = text("""
WITH booked AS (
    SELECT debit, credit, amount_fen,
           coalesce(booked_on, (at AT TIME ZONE 'Asia/Shanghai')::date) >= :first AS inside
      FROM billing.posting JOIN billing.journal USING (journal_id)
     WHERE coalesce(booked_on, (at AT TIME ZONE 'Asia/Shanghai')::date) <= :last),
sides AS (
    SELECT CASE WHEN debit LIKE 'ar:%' THEN 'ar' WHEN debit LIKE 'credit:%' THEN 'credit'
                ELSE debit END AS account, inside, amount_fen AS debit_fen, 0 AS credit_fen
      FROM booked
    UNION ALL
    SELECT CASE WHEN credit LIKE 'ar:%' THEN 'ar' WHEN credit LIKE 'credit:%' THEN 'credit'
                ELSE credit END, inside, 0, amount_fen FROM booked)
SELECT account,
       coalesce(sum(debit_fen - credit_fen) FILTER (WHERE NOT inside), 0)::bigint AS opening_fen,
       coalesce(sum(debit_fen) FILTER (WHERE inside), 0)::bigint AS debit_fen,
       coalesce(sum(credit_fen) FILTER (WHERE inside), 0)::bigint AS credit_fen
  FROM sides GROUP BY account ORDER BY account
""")


async def trial_balance(
    connection: AsyncConnection, first: date, last: date
) -> tuple[Balance, ...]:
    """What was booked on the days first..last. Debits and credits are equal by their shape."""
    rows = await connection.execute(_TRIAL, {"first": first, "last": last})
    return tuple(Balance(*row) for row in rows)


async def close_day(connection: AsyncConnection, day: date, by: str, now: datetime) -> None:
    """Close ``day`` and all before it. Raises CannotClose; closing it again changes nothing."""
    if day >= now.astimezone(SHANGHAI).date():
        raise CannotClose(f"{day} 还没有过完,不能日结。")
    await _close(connection, "day", day, day, by, now)


async def close_month(
    connection: AsyncConnection,
    month: str,
    by: str,
    now: datetime,
    *,
    reconciled: Collection[str] = (),
) -> None:
    """Close a month ('2026-10'), when the books are proved right. Raises CannotClose.

    ``reconciled`` names the providers whose every day must have been compared and be clean.
    """
    last = last_day(month)
    if last >= now.astimezone(SHANGHAI).date():
        raise CannotClose(f"{month} 还没有过完,不能月结。")
    found = await first_difference(connection)
    if found is not None:
        raise CannotClose(f"账目不符,不能月结:{found.invariant} {found.row}")
    unclean = await reconciliation_state.unclean(connection, reconciled, last.replace(day=1), last)
    if unclean:
        days = "、".join(f"{it.day} {it.provider}" for it in unclean)
        raise CannotClose(f"还有对账没有完成或有差异,不能月结:{days}")
    await _close(connection, "month", last.replace(day=1), last, by, now)


async def _close(
    connection: AsyncConnection, kind: str, first: date, last: date, by: str, now: datetime
) -> None:
    # Waits for postings on their way and holds new ones until this transaction ends.
    await connection.execute(text("LOCK TABLE billing.journal IN SHARE ROW EXCLUSIVE MODE"))
    known = await connection.execute(
        text("SELECT 1 FROM billing.closing WHERE kind = :kind AND last_day = :last"),
        {"kind": kind, "last": last},
    )
    if known.first() is not None:
        return
    balances = await trial_balance(connection, first, last)
    await connection.execute(
        insert(closing).values(
            kind=kind,
            last_day=last,
            closed_at=now,
            closed_by=by,
            trial_balance=[asdict(balance) for balance in balances],
        )
    )
