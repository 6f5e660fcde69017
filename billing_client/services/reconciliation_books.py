"""The three books of a day as the comparison reads them, each in one question."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.reconciliation import Key, Ours, Theirs
from billing_client.store import settings
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import recon_day, recon_row

RECONCILIATION = "reconciliation"  # the setting {"from": "2026-11-25"}: payments before are older
CUT = timedelta(minutes=10)  # clocks differ, and notices take a while

# Ours of the day, and ours that their bill names, of whatever day.
_OURS = text("""
SELECT 'payment' AS kind, order_no AS number, provider_txn AS ref, amount_fen,
       state = 'PAID' AS done, paid_at AS done_at
  FROM billing.payment_order
 WHERE provider = :provider
   AND ((paid_at >= :first AND paid_at < :after AND state = 'PAID')
        OR order_no IN (SELECT number FROM billing.recon_row
                         WHERE provider = :provider AND day = :day AND kind = 'payment'))
UNION ALL
SELECT 'refund', refund_no, provider_refund, amount_fen, state = 'DONE', done_at
  FROM billing.refund
 WHERE provider = :provider
   AND ((done_at >= :first AND done_at < :after AND state = 'DONE')
        OR refund_no IN (SELECT number FROM billing.recon_row
                          WHERE provider = :provider AND day = :day AND kind = 'refund'))
""")
_BOOKED = text("""
SELECT CASE WHEN kind = 'pay' THEN substr(ref, length(:provider) + 2) ELSE ref END AS ref,
       sum(amount_fen) AS fen
  FROM billing.journal JOIN billing.posting USING (journal_id)
 WHERE (kind, ref) IN (SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:refs AS text[])))
 GROUP BY kind, ref
""")


async def theirs(connection: AsyncConnection, provider: str, day: date) -> list[Theirs]:
    query = (
        select(recon_row.c.kind, recon_row.c.number, recon_row.c.ref, recon_row.c.amount_fen)
        .where(recon_row.c.provider == provider, recon_row.c.day == day)
        .order_by(recon_row.c.line)
    )
    return [
        Theirs(Key(kind, number), ref, fen)
        for kind, number, ref, fen in await connection.execute(query)
    ]


async def ours(connection: AsyncConnection, provider: str, day: date) -> dict[Key, Ours]:
    first, after = _span(day)
    begun = await begun_on(connection)
    values = {"provider": provider, "day": day, "first": first, "after": after}
    found: dict[Key, Ours] = {}
    for row in await connection.execute(_OURS, values):
        key = Key(row.kind, row.number)
        done_at: datetime | None = row.done_at
        on_the_day, at_the_cut = False, False
        if done_at is not None and (begun is None or day >= begun):
            on_the_day = first <= done_at < after
            at_the_cut = on_the_day and min(done_at - first, after - done_at) < CUT
        found[key] = Ours(key, row.ref, row.amount_fen, row.done, on_the_day, at_the_cut)
    return found


async def booked(
    connection: AsyncConnection, provider: str, day: date, mine: Iterable[Ours]
) -> dict[str, int]:
    """The ledger's fen by the provider's number of a payment, and by our number of a refund."""
    pairs = {("pay", f"{provider}:{row.ref}") for row in await theirs(connection, provider, day)}
    for one in mine:
        is_payment = one.key.kind == "payment"
        pairs.add(("pay", f"{provider}:{one.ref}") if is_payment else ("refund", one.key.number))
    values: dict[str, Any] = {
        "provider": provider,
        "kinds": [kind for kind, _ in pairs],
        "refs": [ref for _, ref in pairs],
    }
    rows = await connection.execute(_BOOKED.bindparams(bindparam("provider")), values)
    return {row.ref: int(row.fen) for row in rows}


async def neighbours(connection: AsyncConnection, provider: str, day: date) -> set[Key]:
    """What the bills of the day before and the day after hold, as far as they were read."""
    days = (day - timedelta(days=1), day + timedelta(days=1))
    query = select(recon_row.c.kind, recon_row.c.number).where(
        recon_row.c.provider == provider, recon_row.c.day.in_(days)
    )
    return {Key(kind, number) for kind, number in await connection.execute(query)}


async def known(connection: AsyncConnection, provider: str, day: date) -> bool:
    query = select(recon_day.c.day).where(recon_day.c.provider == provider, recon_day.c.day == day)
    return (await connection.execute(query)).first() is not None


async def begun_on(connection: AsyncConnection) -> date | None:
    """The first day that is reconciled; payments before it came from an older system."""
    stored = await settings.read(connection, RECONCILIATION) or {}
    return date.fromisoformat(stored["from"]) if "from" in stored else None


def _span(day: date) -> tuple[datetime, datetime]:
    first = datetime.combine(day, time(), SHANGHAI)
    return first, first + timedelta(days=1)
