"""What an account's use costs: gathers what the price depends on, and lets the domain price it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.pricing import Priced, Use, price
from billing_client.domain.tier_year import LastBill
from billing_client.services import tariffs
from billing_client.services.measuring import Stretch
from billing_client.store.tables import bill, water_plan

ADJUSTMENT = "adjustment"  # a bill of no water


async def price_use(
    connection: AsyncConnection,
    customer: Mapping[str, Any],
    period: str,
    measured: Sequence[Stretch],
) -> Priced:
    """The bill of an account's stretches. ``customer`` is its row of ``account``.

    Raises LookupError when no tariff is in force, ValueError for a class without prices.
    """
    account_no = customer["account_no"]
    use = Use(
        period=period,
        read_from=min(stretch.read_from for stretch in measured),
        read_to=max(stretch.read_to for stretch in measured),
        used_l=sum(stretch.used_l for stretch in measured),
        customer_class=customer["customer_class"],
        persons=customer["persons"],
        opened_on=customer["opened_on"],
        low_income=customer["low_income"],
        area=customer["area"],
        last=await last_bill(connection, account_no, period),
        plan_l=await _plan_l(connection, account_no, period),
    )
    return price(await tariffs.versions(connection), use)


async def last_bill(connection: AsyncConnection, account_no: str, upto: str) -> LastBill | None:
    """The newest bill of water until the period ``upto``; it carries the tier counter on."""
    query = (
        select(bill.c.period, bill.c.tariff_id, bill.c.prior_l, bill.c.used_l)
        .where(bill.c.account_no == account_no, bill.c.period <= upto, bill.c.kind != ADJUSTMENT)
        .order_by(bill.c.period.desc(), bill.c.bill_id.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else LastBill(*row)


async def _plan_l(connection: AsyncConnection, account_no: str, period: str) -> int | None:
    query = select(water_plan.c.plan_l).where(
        water_plan.c.account_no == account_no,
        water_plan.c.first_period <= period,
        water_plan.c.last_period >= period,
    )
    return (await connection.execute(query)).scalar_one_or_none()
