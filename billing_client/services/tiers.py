"""Where an account stands in its tier year."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.period import period_of
from billing_client.domain.tier_year import counted_before, part_months, span_of
from billing_client.services import tariffs
from billing_client.services.pricing import last_bill
from billing_client.store.tables import account
from billing_client.views import TierPositionView


async def position(connection: AsyncConnection, account_no: str, today: date) -> TierPositionView:
    """The billed volume of the running tier year against the household's own limits."""
    query = select(account.c.customer_class, account.c.persons, account.c.opened_on).where(
        account.c.account_no == account_no
    )
    customer_class, persons, opened_on = (await connection.execute(query)).one()
    tariff = await tariffs.in_force(connection, today)
    period = period_of(today)
    first, last = span_of(today, tariff.period, opened_on)
    last_billed = await last_bill(connection, account_no, period)
    used = counted_before(last_billed, tariff, period, opened_on)
    months = part_months(tariff, period, opened_on)
    limits = tariff.limits_for(customer_class, persons, part_months=months, day=today)
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
