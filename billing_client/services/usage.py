"""What an account has used: the last billed periods, the meter's state, the flow at night."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services.accounts import since_owner
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store.tables import account, bill, daily_usage, reading
from billing_client.views import UsagePointView, UsageView

PERIODS_SHOWN = 12
NIGHTS_LOOKED_AT = 7


async def usage(connection: AsyncConnection, account_no: str, today: date) -> UsageView:
    """The last 12 periods, oldest first, and the newest reading."""
    last_l, last_on = await _last_reading(connection, account_no)
    nights = await _nights(connection, account_no, today)
    return UsageView(
        account_no=account_no,
        points=await points(connection, account_no),
        last_reading_l=last_l,
        last_read_on=last_on,
        night_l_per_hour=min(nights, default=None),
    )


async def points(connection: AsyncConnection, account_no: str) -> tuple[UsagePointView, ...]:
    query = (
        select(bill.c.period, bill.c.used_l, bill.c.total_fen, bill.c.estimated)
        .where(
            bill.c.account_no == account_no,
            bill.c.kind != ADJUSTMENT,
            bill.c.read_to > since_owner(account_no),
        )
        .order_by(bill.c.period.desc())
        .limit(PERIODS_SHOWN)
    )
    rows = (await connection.execute(query)).all()
    return tuple(UsagePointView(*row) for row in reversed(rows))


async def _last_reading(connection: AsyncConnection, account_no: str) -> tuple[int, date]:
    """The newest reading; a meter never read stands at 0 since the account was opened."""
    query = (
        select(reading.c.reading_l, reading.c.read_on)
        .where(reading.c.account_no == account_no)
        .order_by(reading.c.read_on.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    if row is not None:
        return row.reading_l, row.read_on
    opened = select(account.c.opened_on).where(account.c.account_no == account_no)
    return 0, (await connection.execute(opened)).scalar_one()


async def _nights(connection: AsyncConnection, account_no: str, today: date) -> list[int]:
    query = (
        select(daily_usage.c.night_l_per_hour)
        .where(
            daily_usage.c.account_no == account_no,
            daily_usage.c.day >= today - timedelta(days=NIGHTS_LOOKED_AT),
            daily_usage.c.day <= today,
        )
        .order_by(daily_usage.c.day)
    )
    return list((await connection.execute(query)).scalars())
