"""What an account's use costs: gathers what the price depends on, and lets the domain price it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.period import first_day
from billing_client.domain.price_card import Card, Kind, card_of
from billing_client.domain.pricing import Priced, Use, kind_of, price
from billing_client.domain.tariff import Limits, Tariff
from billing_client.domain.tier_year import LastBill, counted_before
from billing_client.services import tariffs
from billing_client.services.measuring import Stretch
from billing_client.store.tables import account, bill, meter, water_plan

ADJUSTMENT = "adjustment"  # a bill of no water


async def price_use(
    connection: AsyncConnection,
    customer: Mapping[str, Any],
    period: str,
    measured: Sequence[Stretch],
    shared_l: int = 0,
) -> Priced:
    """The bill of an account's stretches, and of its part of a main meter (``shared_l``).

    ``customer`` is its row of ``account``.

    Raises LookupError when no tariff is in force, ValueError for a class without prices.
    """
    account_no = customer["account_no"]
    use = Use(
        period=period,
        read_from=min(stretch.read_from for stretch in measured),
        read_to=max(stretch.read_to for stretch in measured),
        used_l=sum(stretch.used_l for stretch in measured) + shared_l,
        customer_class=customer["customer_class"],
        persons=customer["persons"],
        opened_on=customer["opened_on"],
        low_income=customer["low_income"],
        area=customer["area"],
        last=await last_bill(connection, account_no, period),
        plan_l=await _plan_l(connection, account_no, period),
    )
    return price(await tariffs.versions(connection), use)


@dataclass(frozen=True)
class PriceBasis:
    """What prices an account's water in a period, and where its counter stands (``prior_l``)."""

    tariff: Tariff
    kind: Kind
    day: date
    prior_l: int
    plan_l: int | None

    @property
    def card(self) -> Card:
        return card_of(self.tariff, self.kind, self.day)

    @property
    def limits_l(self) -> Limits:
        return self.tariff.limits_for(
            self.kind.customer_class,
            self.kind.persons,
            months=self.kind.months,
            part_months=self.kind.part_months,
            day=self.day,
        )


async def price_basis(
    connection: AsyncConnection, account_no: str, period: str, day: date, last: LastBill | None
) -> PriceBasis:
    """For the account's terms of today: class, persons, relief, area. Raises LookupError."""
    query = select(account).where(account.c.account_no == account_no)
    row = (await connection.execute(query)).mappings().one()
    tariff = await tariffs.in_force(connection, day)
    use = Use(
        period=period,
        read_from=first_day(period) if last else await _fitted_on(connection, row),
        read_to=day,
        used_l=0,
        customer_class=row["customer_class"],
        persons=row["persons"],
        opened_on=row["opened_on"],
        low_income=row["low_income"],
        area=row["area"],
        last=last,
    )
    prior_l = counted_before(last, tariff, period, row["opened_on"])
    plan_l = await _plan_l(connection, account_no, period)
    return PriceBasis(tariff, kind_of(tariff, use), day, prior_l, plan_l)


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


async def _fitted_on(connection: AsyncConnection, row: RowMapping) -> date:
    """From when on an account is billed that never was."""
    query = select(func.min(meter.c.installed_on)).where(meter.c.account_no == row["account_no"])
    return (await connection.execute(query)).scalar_one() or row["opened_on"]


async def _plan_l(connection: AsyncConnection, account_no: str, period: str) -> int | None:
    query = select(water_plan.c.plan_l).where(
        water_plan.c.account_no == account_no,
        water_plan.c.first_period <= period,
        water_plan.c.last_period >= period,
    )
    return (await connection.execute(query)).scalar_one_or_none()
