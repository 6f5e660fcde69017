"""The tariffs in force, and loading the shipped ones."""

import json
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse
from billing_client.store import settings
from billing_client.store.tables import tariff

SHIPPED = Path(__file__).parents[1] / "tariffs"
UTILITY = "utility"  # the setting {"name": …, "tariff_city": …}


def shipped(tariff_id: str) -> dict[str, Any]:
    """The data of a tariff that comes with 小水. Raises FileNotFoundError."""
    return json.loads((SHIPPED / f"{tariff_id}.json").read_text(encoding="utf-8"))


async def load(connection: AsyncConnection, data: dict[str, Any]) -> None:
    """Check and store a tariff; the same id again is left as it is, since bills refer to it."""
    checked = parse(data)
    row = {
        "tariff_id": checked.tariff_id,
        "city": checked.city,
        "valid_from": checked.valid_from,
        "valid_to": checked.valid_to,
        "data": data,
    }
    await connection.execute(insert(tariff).values(row).on_conflict_do_nothing())


async def by_id(connection: AsyncConnection, tariff_id: str) -> Tariff:
    return (await by_ids(connection, {tariff_id}))[tariff_id]


async def by_ids(connection: AsyncConnection, tariff_ids: Collection[str]) -> dict[str, Tariff]:
    """Each of the tariffs asked for. Raises LookupError for one that was never loaded."""
    query = select(tariff.c.data).where(tariff.c.tariff_id.in_(tariff_ids))
    found = [parse(data) for data in await connection.scalars(query)]
    if len(found) < len(tariff_ids):
        raise LookupError(f"not all are loaded: {sorted(tariff_ids)}")
    return {one.tariff_id: one for one in found}


async def versions(connection: AsyncConnection) -> tuple[Tariff, ...]:
    """All versions of the utility's tariff, the oldest first."""
    query = select(tariff.c.data).order_by(tariff.c.valid_from, tariff.c.tariff_id)
    utility = await settings.read(connection, UTILITY) or {}
    if "tariff_city" in utility:
        query = query.where(tariff.c.city == utility["tariff_city"])
    return tuple(parse(data) for data in await connection.scalars(query))


async def in_force(connection: AsyncConnection, day: date) -> Tariff:
    """The utility's tariff on a day. Raises LookupError when none is loaded for it."""
    return newest(await versions(connection), day)


def newest(loaded: Sequence[Tariff], day: date) -> Tariff:
    fitting = [
        it for it in loaded if it.valid_from <= day and (it.valid_to is None or it.valid_to >= day)
    ]
    if not fitting:
        raise LookupError(f"no tariff is loaded for {day}")
    return max(fitting, key=lambda it: (it.valid_from, it.tariff_id))
