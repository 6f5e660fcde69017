"""Writes a computed bill: its row, items, lines, and the further meters it was read from."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import ComputedBill
from billing_client.services.measuring import Stretch
from billing_client.store.tables import bill, bill_item, bill_line, bill_stretch

Key = Mapping[str, str | int]


async def store(
    connection: AsyncConnection,
    row: Mapping[str, Any],
    measured: Sequence[Stretch],
    computed: ComputedBill,
) -> int:
    """``row`` holds what the bill is and whose, and how much was used; returns the bill_id."""
    values = {
        **_meter(measured[0]),
        **row,
        "estimated": any(stretch.estimated for stretch in measured),
        "total_fen": computed.total_fen,
    }
    stored = await connection.execute(insert(bill).values(values).returning(bill.c.bill_id))
    bill_id = int(stored.scalar_one())
    key: Key = {"account_no": row["account_no"], "bill_id": bill_id}
    await store_parts(connection, key, computed)
    further = [{**key, **_meter(stretch)} for stretch in measured[1:]]
    if further:
        await connection.execute(insert(bill_stretch), further)
    return bill_id


async def store_parts(connection: AsyncConnection, key: Key, computed: ComputedBill) -> None:
    items = [
        {
            **key,
            "component": item.component,
            "component_name": item.name,
            "amount_fen": item.amount_fen,
        }
        for item in computed.items
    ]
    if items:
        await connection.execute(insert(bill_item), items)
    lines = [
        {
            **key,
            "line": line.number,
            "part": line.part,
            "component": line.component,
            "component_name": line.name,
            "tier": line.tier,
            "volume_l": line.volume_l,
            "unit": line.unit,
            "price_e4": line.price_e4,
            "amount_e5": line.amount_e5,
        }
        for line in computed.lines
    ]
    if lines:
        await connection.execute(insert(bill_line), lines)


def _meter(stretch: Stretch) -> dict[str, Any]:
    return {
        "meter_no": stretch.meter_no,
        "reading_from_l": stretch.from_l,
        "reading_to_l": stretch.to_l,
        "read_from": stretch.read_from,
        "read_to": stretch.read_to,
        "estimated": stretch.estimated,
    }
