"""Where an account stands in its tier year."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.period import period_of
from billing_client.domain.tier_year import span_of
from billing_client.services.pricing import last_bill, price_basis
from billing_client.store.tables import account
from billing_client.views import TierPositionView


async def position(connection: AsyncConnection, account_no: str, today: date) -> TierPositionView:
    """The billed volume of the running tier year against the household's own limits and prices."""
    period = period_of(today)
    last = await last_bill(connection, account_no, period)
    basis = await price_basis(connection, account_no, period, today, last)
    opened = select(account.c.opened_on).where(account.c.account_no == account_no)
    opened_on = (await connection.execute(opened)).scalar_one()
    first, until = span_of(today, basis.tariff.period, opened_on)
    used, limits = basis.prior_l, basis.limits_l
    flat = len(limits) == 1
    # A boundary volume belongs to the lower tier.
    tier = next(n for n, limit in enumerate(limits, 1) if limit is None or used <= limit)
    limit = limits[tier - 1]
    return TierPositionView(
        account_no=account_no,
        flat=flat,
        year_from=first,
        year_to=until,
        used_l=used,
        tier=0 if flat else tier,
        limits_l=limits,
        prices_e4=basis.card.tier_prices_e4(),
        left_l=None if limit is None else limit - used,
    )
