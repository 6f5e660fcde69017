"""Which days of a month are reconciled and clean: a month closes only when all are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services.reconciliation_books import begun_on

_DAYS = text("""
WITH moved AS (
    SELECT provider, (paid_at AT TIME ZONE 'Asia/Shanghai')::date AS day
      FROM billing.payment_order
     WHERE provider = ANY(:providers) AND state = 'PAID'
       AND paid_at >= CAST(:first AS timestamp) AT TIME ZONE 'Asia/Shanghai'
       AND paid_at < (CAST(:last AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
    UNION
    SELECT provider, (done_at AT TIME ZONE 'Asia/Shanghai')::date FROM billing.refund
     WHERE provider = ANY(:providers) AND state = 'DONE'
       AND done_at >= CAST(:first AS timestamp) AT TIME ZONE 'Asia/Shanghai'
       AND done_at < (CAST(:last AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
    UNION
    SELECT provider, day FROM billing.recon_day
     WHERE provider = ANY(:providers) AND day BETWEEN :first AND :last)
SELECT provider, day,
       EXISTS (SELECT FROM billing.recon_day AS r
                WHERE r.provider = moved.provider AND r.day = moved.day) AS compared,
       (SELECT count(*) FROM billing.recon_finding AS f
         WHERE f.provider = moved.provider AND f.day = moved.day AND NOT f.settled_late
           AND NOT EXISTS (SELECT FROM billing.staff_task AS t
                            WHERE t.kind = 'reconciliation' AND t.done_at IS NOT NULL
                              AND t.ref = concat_ws(':', f.provider, f.day, f.fault, f.kind,
                                                    f.number, f.ref))) AS open_findings
  FROM moved ORDER BY day, provider
""")


@dataclass(frozen=True)
class UncleanDay:
    provider: str
    day: date
    compared: bool
    open_findings: int


async def unclean(
    connection: AsyncConnection, providers: Collection[str], first: date, last: date
) -> tuple[UncleanDay, ...]:
    """Days with money on them that nobody compared, or whose differences are still open."""
    begun = await begun_on(connection)
    first = max(first, begun) if begun else first
    values = {"providers": list(providers), "first": first, "last": last}
    rows = (await connection.execute(_DAYS, values)).mappings()
    return tuple(_day(row) for row in rows if not row["compared"] or row["open_findings"])


def _day(row: RowMapping) -> UncleanDay:
    return UncleanDay(row["provider"], row["day"], row["compared"], row["open_findings"])
