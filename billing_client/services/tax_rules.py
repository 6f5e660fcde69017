"""How bill items are taxed, and who the seller is: the utility's settings, else what is shipped."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.tax import Charge, TaxRule, parse_rules
from billing_client.invoicing.port import Seller
from billing_client.store import settings
from billing_client.store.tables import bill_item, bill_line

SHIPPED = Path(__file__).parents[1] / "standards" / "tax_treatments.json"
TAX_TREATMENTS = "tax_treatments"  # the setting: a list of rules in the shipped file's form
UTILITY = "utility"  # {"name", "tax_no", "address_phone", "bank_account", "clerk"}
LATE_FEE = "LATE_FEE"


async def rules(connection: AsyncConnection) -> tuple[TaxRule, ...]:
    own = await settings.read(connection, TAX_TREATMENTS)
    if own is None:
        own = json.loads(SHIPPED.read_text(encoding="utf-8"))["rules"]
    return parse_rules(own)


async def seller(connection: AsyncConnection) -> Seller:
    """Empty fields where the utility has not been described."""
    stored = await settings.read(connection, UTILITY) or {}
    return Seller(
        name=stored.get("name", ""),
        tax_no=stored.get("tax_no", ""),
        address_phone=stored.get("address_phone", ""),
        bank_account=stored.get("bank_account", ""),
        clerk=stored.get("clerk", ""),
    )


async def charges(connection: AsyncConnection, bills: Iterable[RowMapping]) -> Sequence[Charge]:
    """What the bills charged for, with the late fees posted on them. All of one account."""
    by_id = {row["bill_id"]: row for row in bills}
    volumes = await _volumes(connection, by_id)
    query = (
        select(bill_item)
        .where(bill_item.c.bill_id.in_(by_id))
        .order_by(bill_item.c.bill_id, bill_item.c.component.desc())
    )
    found = [
        Charge(
            item.component,
            by_id[item.bill_id]["read_to"],
            item.amount_fen,
            volumes.get((item.bill_id, item.component)),
        )
        for item in await connection.execute(query)
    ]
    late = (
        Charge(LATE_FEE, row["read_to"], row["late_fee_fen"])
        for row in by_id.values()
        if row["late_fee_fen"]
    )
    return [*found, *late]


async def _volumes(
    connection: AsyncConnection, by_id: dict[int, RowMapping]
) -> dict[tuple[int, str], int]:
    """Litres of each bill's component, where it is sold by the m³."""
    query = (
        select(bill_line.c.bill_id, bill_line.c.component, func.sum(bill_line.c.volume_l))
        .where(bill_line.c.bill_id.in_(by_id), bill_line.c.unit == "m3")
        .group_by(bill_line.c.bill_id, bill_line.c.component)
    )
    rows = await connection.execute(query)
    return {(bill_id, component): int(litres) for bill_id, component, litres in rows}
