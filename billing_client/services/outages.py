"""Interruptions of supply, found by the names of areas in them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.service_order import place_key
from billing_client.store.tables import outage
from billing_client.views import OutageView


async def running(
    connection: AsyncConnection, places: Sequence[str], now: datetime
) -> tuple[OutageView, ...]:
    """Announced and running outages that touch one of the places, or all; soonest first."""
    query = (
        select(outage)
        .where(outage.c.state != "over", outage.c.ends_at > now)
        .order_by(outage.c.starts_at)
    )
    rows = (await connection.execute(query)).mappings()
    return tuple(_view(row, now) for row in rows if not places or touches(row["areas"], places))


def touches(areas: Sequence[str], places: Sequence[str]) -> bool:
    """An area is named inside the place (城关街道和平里2栋), or the place inside the area."""
    names, keys = [place_key(area) for area in areas], [place_key(place) for place in places]
    return any(name in key or key in name for name in names for key in keys)


def _view(row: RowMapping, now: datetime) -> OutageView:
    return OutageView(
        outage_id=row["outage_id"],
        kind=row["kind"],
        areas=tuple(row["areas"]),
        reason=row["reason"],
        starts_at=row["starts_at"].astimezone(now.tzinfo),
        ends_at=row["ends_at"].astimezone(now.tzinfo),
        state="announced" if row["starts_at"] > now else "running",
    )
