"""The days of an account's smart meters, all meters of the account together."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.leak import MeterDay
from billing_client.store.tables import daily_usage


async def days(
    connection: AsyncConnection, account_no: str, since: date, until: date
) -> list[MeterDay]:
    """The days from ``since`` up to and with ``until``, oldest first; only days that came in."""
    query = (
        select(daily_usage)
        .where(
            daily_usage.c.account_no == account_no,
            daily_usage.c.day >= since,
            daily_usage.c.day <= until,
        )
        .order_by(daily_usage.c.day)
    )
    return [
        MeterDay(
            row.day,
            row.used_l,
            row.night_l_per_hour,
            None if row.hours_l is None else tuple(row.hours_l),
        )
        for row in await connection.execute(query)
    ]


def unbroken(found: list[MeterDay]) -> list[MeterDay]:
    """The newest days without a gap: a missing day must not look like one without use."""
    first = len(found) - 1
    while first > 0 and found[first].day - found[first - 1].day == timedelta(days=1):
        first -= 1
    return found[max(0, first) :]
