"""What an account was billed, period by period, all its meters together."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.forecast import PastPeriod
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store.tables import bill

PERIODS_LOOKED_AT = 24


@dataclass(frozen=True)
class BilledPeriod:
    period: str
    used_l: int
    read_from: date
    read_to: date
    estimated: bool

    @property
    def days(self) -> int:
        return max(1, (self.read_to - self.read_from).days)

    @property
    def past(self) -> PastPeriod:
        return PastPeriod(self.period, self.used_l, self.days)


async def newest(connection: AsyncConnection, account_no: str) -> list[BilledPeriod]:
    """The last 24 periods, oldest first."""
    query = (
        select(
            bill.c.period,
            func.sum(bill.c.used_l).label("used_l"),
            func.min(bill.c.read_from).label("read_from"),
            func.max(bill.c.read_to).label("read_to"),
            func.bool_or(bill.c.estimated).label("estimated"),
        )
        .where(bill.c.account_no == account_no, bill.c.kind != ADJUSTMENT)
        .group_by(bill.c.period)
        .order_by(bill.c.period.desc())
        .limit(PERIODS_LOOKED_AT)
    )
    rows = (await connection.execute(query)).all()
    return [
        BilledPeriod(row.period, int(row.used_l), row.read_from, row.read_to, row.estimated)
        for row in reversed(rows)
    ]
