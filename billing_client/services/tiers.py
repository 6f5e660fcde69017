"""Where an account stands in its tier year."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.period import period_of
from billing_client.domain.tier_year import span_of
from billing_client.services import tariffs
from billing_client.store.tables import account, bill
from billing_client.views import TierPositionView


async def used_l(
    connection: AsyncConnection, account_no: str, first: date, before: str | None = None
) -> int:
    """Litres billed since the period of ``first``, up to the period ``before`` without it."""
    query = select(func.coalesce(func.sum(bill.c.used_l), 0)).where(
        bill.c.account_no == account_no, bill.c.period >= period_of(first)
    )
    if before is not None:
        query = query.where(bill.c.period < before)
    return int((await connection.execute(query)).scalar_one())


async def position(connection: AsyncConnection, account_no: str, today: date) -> TierPositionView:
    """The billed volume of the running tier year against the household's own limits."""
    query = select(account.c.customer_class, account.c.persons).where(
        account.c.account_no == account_no
    )
    customer_class, persons = (await connection.execute(query)).one()
    tariff = await tariffs.in_force(connection, today)
    first, last = span_of(today, tariff.period)
    used = await used_l(connection, account_no, first)
    limits = tariff.limits_for(customer_class, persons)
    prices = tariff.customer_class(customer_class)
    # A boundary volume belongs to the lower tier.
    tier = next(n for n, limit in enumerate(limits, 1) if limit is None or used <= limit)
    limit = limits[tier - 1]
    return TierPositionView(
        account_no=account_no,
        flat=prices.flat,
        year_from=first,
        year_to=last,
        used_l=used,
        tier=0 if prices.flat else tier,
        limits_l=limits,
        prices_e4=prices.total_prices_e4(),
        left_l=None if limit is None else limit - used,
    )
