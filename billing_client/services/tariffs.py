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
from billing_client.store.audit import acting_as
from billing_client.store.locks import lock_names
from billing_client.store.tables import bill, tariff

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


class TariffRefused(ValueError):
    """The message is a sentence for staff; ``reason`` its name."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


async def load_version(connection: AsyncConnection, data: dict[str, Any], by: str) -> bool:
    """A new version from its ``valid_from`` on; False when the same was loaded before.

    It must begin after all versions of its city, after the end of one that ends, and after
    the last day that was billed: what was billed keeps its prices. Raises TariffRefused.
    """
    await acting_as(connection, by)
    new = parse(data)
    await lock_names(connection, f"tariff:{new.city}")
    known = select(tariff.c.data).where(tariff.c.tariff_id == new.tariff_id)
    stored = (await connection.execute(known)).scalar_one_or_none()
    if stored is not None:
        if stored == data:
            return False
        raise TariffRefused(
            "changed", f"{new.tariff_id} 已经装过,内容不同。已装的版本不能改,请换一个 tariff_id。"
        )
    await _check_place(connection, new)
    await load(connection, data)
    return True


async def _check_place(connection: AsyncConnection, new: Tariff) -> None:
    same_city = select(tariff).where(tariff.c.city == new.city).order_by(tariff.c.valid_from)
    for old in (await connection.execute(same_city)).mappings():
        if old["valid_from"] >= new.valid_from:
            raise TariffRefused(
                "overlaps",
                f"{old['tariff_id']} 从 {old['valid_from']} 起执行,"
                f"新版本应晚于它,现为 {new.valid_from}。",
            )
        if old["valid_to"] is not None and old["valid_to"] >= new.valid_from:
            raise TariffRefused(
                "overlaps",
                f"{old['tariff_id']} 执行到 {old['valid_to']},"
                f"新版本应从次日起,现为 {new.valid_from}。",
            )
    ids = select(tariff.c.tariff_id).where(tariff.c.city == new.city)
    billed = select(bill.c.read_to).where(
        bill.c.tariff_id.in_(ids), bill.c.read_to >= new.valid_from, bill.c.kind != "adjustment"
    )
    read_to = (await connection.execute(billed.limit(1))).scalar_one_or_none()
    if read_to is not None:
        raise TariffRefused(
            "billed", f"已有账单按旧价算到 {read_to},新版本应从之后执行,现为 {new.valid_from}。"
        )


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
