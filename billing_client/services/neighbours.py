"""Like households: how an account compares, and what its neighbourhood used by period."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.analysis_views import LikeHouseholdsView
from billing_client.domain.period import shifted
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store.tables import account, bill

AnySelect = Select[*tuple[Any, ...]]

FEWEST_HOUSEHOLDS = 10  # fewer could be recognised (k-anonymity, k >= 10)
THRIFTY = 0.2
NEIGHBOURS_ASKED = 300  # enough for a mean; a large area is not read as a whole
SEASONS_KEPT = 36  # periods


async def compare(connection: AsyncConnection, account_no: str) -> LikeHouseholdsView | None:
    """Beside households of the same class, persons and area, in the newest billed period.

    None when there are fewer than ten, or no bill yet.
    """
    own = await _newest(connection, account_no)
    if own is None:
        return None
    used = _used_by_household(own, account_no).subquery()
    row = (await connection.execute(_figures(used.c.used_l, int(own.used_l)))).one()
    if row.households < FEWEST_HOUSEHOLDS:
        return None
    return LikeHouseholdsView(
        account_no=account_no,
        period=own.period,
        area=own.area,
        persons=own.persons,
        households=row.households,
        own_l=int(own.used_l),
        median_l=round(row.median),
        thrifty_l=round(row.thrifty),
        percent_using_less=round(100 * row.less / row.households),
    )


async def l_a_day_by_period(connection: AsyncConnection, account_no: str) -> dict[str, float]:
    """The mean litres a day of some neighbours of the same class and area, by period."""
    own = await _newest(connection, account_no)
    if own is None:
        return {}
    some = (
        select(account.c.account_no)
        .where(account.c.area == own.area, account.c.customer_class == own.customer_class)
        .where(account.c.account_no != account_no)
        .order_by(account.c.account_no)
        .limit(NEIGHBOURS_ASKED)
    )
    days = func.sum(bill.c.read_to - bill.c.read_from)
    query = (
        select(bill.c.period, func.sum(bill.c.used_l) / func.nullif(days, 0))
        .where(bill.c.account_no.in_(some), bill.c.period > shifted(own.period, -SEASONS_KEPT))
        .group_by(bill.c.period)
    )
    rows = await connection.execute(query)
    return {period: float(rate) for period, rate in rows if rate is not None}


async def _newest(connection: AsyncConnection, account_no: str) -> Row[*tuple[Any, ...]] | None:
    """What the account used in its newest billed period, all meters together."""
    query = (
        select(
            bill.c.period,
            func.sum(bill.c.used_l).label("used_l"),
            account.c.area,
            account.c.persons,
            account.c.customer_class,
        )
        .join(account, account.c.account_no == bill.c.account_no)
        .where(bill.c.account_no == account_no, bill.c.kind != ADJUSTMENT)
        .group_by(bill.c.period, account.c.area, account.c.persons, account.c.customer_class)
        .order_by(bill.c.period.desc())
        .limit(1)
    )
    return (await connection.execute(query)).first()


def _used_by_household(own: Row[*tuple[Any, ...]], account_no: str) -> AnySelect:
    """Estimated bills say nothing of use, and an empty home is no example."""
    return (
        select(func.sum(bill.c.used_l).label("used_l"))
        .join(account, account.c.account_no == bill.c.account_no)
        .where(
            account.c.area == own.area,
            account.c.customer_class == own.customer_class,
            account.c.persons == own.persons,
            account.c.account_no != account_no,
            bill.c.period == own.period,
            bill.c.estimated.is_(False),
            bill.c.kind != ADJUSTMENT,
        )
        .group_by(bill.c.account_no)
        .having(func.sum(bill.c.used_l) > 0)
    )


def _figures(used_l: ColumnElement[Any], own_l: int) -> AnySelect:
    return select(
        func.count().label("households"),
        func.percentile_cont(0.5).within_group(used_l).label("median"),
        func.percentile_cont(THRIFTY).within_group(used_l).label("thrifty"),
        func.count().filter(used_l < own_l).label("less"),
    )
