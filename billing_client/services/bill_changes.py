"""Why a bill is higher or lower than the one before it and the one of a year ago."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.analysis_views import BillChangeView
from billing_client.domain.bill import TierSplit
from billing_client.domain.bill_change import BillFigures, change
from billing_client.domain.period import shifted
from billing_client.services import bills, tariffs
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store.tables import bill
from billing_client.views import BillExplanationView

FIRST_TIERS = (0, 1)


async def explained(
    connection: AsyncConnection, account_no: str, bill_id: int, today: date
) -> BillExplanationView:
    """The bill recomputed, and what made it differ: for chat, API and paper alike.

    Raises NoSuchBill.
    """
    plain = await bills.explain(connection, account_no, bill_id, today)
    return replace(plain, changes=await changes(connection, plain, today))


async def changes(
    connection: AsyncConnection, now: BillExplanationView, today: date
) -> tuple[BillChangeView, ...]:
    """Against the bill before it and the one of a year ago, where they are; the newer first."""
    own = now.bill
    found: list[BillChangeView] = []
    for against, bill_id in await _earlier(connection, own.account_no, own.period):
        before = await bills.explain(connection, own.account_no, bill_id, today)
        found.append(await _change(connection, against, now, before))
    return tuple(found)


async def _earlier(
    connection: AsyncConnection, account_no: str, period: str
) -> list[tuple[str, int]]:
    query = (
        select(bill.c.period, bill.c.bill_id)
        .where(bill.c.account_no == account_no, bill.c.period < period, bill.c.kind != ADJUSTMENT)
        .order_by(bill.c.period.desc(), bill.c.bill_id)
    )
    rows = (await connection.execute(query.limit(1))).all()
    found = [("previous", row.bill_id) for row in rows]
    year_ago = query.where(bill.c.period == shifted(period, -12)).limit(1)
    return found + [("year_ago", row.bill_id) for row in await connection.execute(year_ago)]


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
