"""Why a bill is higher or lower than the one before it and the one of a year ago."""

from dataclasses import replace
from datetime import date

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.analysis_views import BillChangeView
from billing_client.domain.bill import TierSplit
from billing_client.domain.bill_change import BillFigures, change
from billing_client.domain.period import shifted
from billing_client.domain.tariff import MONTHS_A_YEAR
from billing_client.services import bills, tariffs
from billing_client.services.accounts import since_owner
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store.tables import bill
from billing_client.views import BillExplanationView

FIRST_TIERS = (0, 1)


async def explained(
    connection: AsyncConnection, account_no: str, bill_id: int, today: date
) -> BillExplanationView:
    """The bill recomputed, and what made it differ from earlier ones: for chat, API and paper.

    Raises NoSuchBill for another account's bill.
    """
    earlier = await _earlier(connection, account_no, bill_id)
    wanted = [bill_id, *(found for _, found in earlier)]
    now, *others = await bills.explain_several(connection, account_no, wanted, today)
    changes = [
        await _change(connection, against, now, before)
        for (against, _), before in zip(earlier, others, strict=True)
    ]
    return replace(now, changes=tuple(changes))


async def _earlier(
    connection: AsyncConnection, account_no: str, bill_id: int
) -> list[tuple[str, int]]:
    """The present owner's bill before it and the one of a year ago; the newer first."""
    mine = and_(
        bill.c.account_no == account_no,
        bill.c.read_to > since_owner(account_no),
        bill.c.kind != ADJUSTMENT,
    )
    own = select(bill.c.period).where(mine, bill.c.bill_id == bill_id).scalar_subquery()
    query = (
        select(bill.c.period, func.min(bill.c.bill_id).label("bill_id"), own.label("own"))
        .where(mine, bill.c.period < own)
        .group_by(bill.c.period)
        .order_by(bill.c.period.desc())
        .limit(MONTHS_A_YEAR)
    )
    rows = (await connection.execute(query)).all()
    found = [("previous", row.bill_id) for row in rows[:1]]
    return found + [
        ("year_ago", row.bill_id) for row in rows if row.period == shifted(row.own, -MONTHS_A_YEAR)
    ]


async def _change(
    connection: AsyncConnection,
    against: str,
    now: BillExplanationView,
    before: BillExplanationView,
) -> BillChangeView:
    parts = change(await _figures(connection, now), await _figures(connection, before))
    return BillChangeView(
        against=against,
        period=before.bill.period,
        total_fen=before.bill.total_fen,
        used_l=before.bill.used_l,
        days=(before.bill.read_to - before.bill.read_from).days,
        estimated=before.bill.estimated,
        own_days=(now.bill.read_to - now.bill.read_from).days,
        use_fen=parts.use_fen,
        tier_fen=parts.tier_fen,
        price_fen=parts.price_fen,
        other_fen=parts.other_fen,
    )


async def _figures(connection: AsyncConnection, explained: BillExplanationView) -> BillFigures:
    first = next((tier for tier in explained.tiers if tier.tier in FIRST_TIERS), None)
    if first is not None:
        price_e4 = first.price_e4
    else:  # the bill lies wholly in higher tiers
        tariff = await tariffs.by_id(connection, explained.tariff_id)
        price_e4 = tariff.customer_class(explained.customer_class).total_prices_e4()[0]
    splits = [
        TierSplit(tier.tier, tier.upto_l, tier.volume_l, tier.price_e4) for tier in explained.tiers
    ]
    return BillFigures(explained.bill.total_fen, explained.bill.used_l, price_e4, splits)
