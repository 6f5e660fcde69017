"""What keeps a late fee down: disputes, kept instalment plans, waivers, low income."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.late_fee import Pause
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import (
    account,
    bill_item,
    instalment_plan,
    late_fee_waiver,
    service_order,
)

# A question about volume or fee that is open freezes the fee (济南市城市供水条例 art. 41, 43).
DISPUTES = ("reread", "meter_test")
ONE_DAY = timedelta(days=1)


async def pauses(
    connection: AsyncConnection, bills: Sequence[RowMapping], today: date
) -> dict[int, list[Pause]]:
    """The days of each bill that cost nothing, up to ``today``."""
    found: dict[int, list[Pause]] = {row["bill_id"]: [] for row in bills}
    for row in await _plans(connection, bills):
        pause = Pause(row["agreed_on"] + ONE_DAY, row["ended_on"] or today)
        for bill_id in row["bill_ids"]:
            found.get(bill_id, []).append(pause)
    for row in await _disputes(connection, bills):
        first = row["created_at"].astimezone(SHANGHAI).date()
        last = row["done_at"].astimezone(SHANGHAI).date() if row["done_at"] else today
        for disputed in bills:
            if disputed["account_no"] == row["account_no"] and disputed["issued_on"] <= first:
                found[disputed["bill_id"]].append(Pause(first, last))
    return found


async def waived_fen(connection: AsyncConnection, bills: Sequence[RowMapping]) -> dict[int, int]:
    """What was waived of each bill's late fee, approved waivers alone."""
    query = (
        select(late_fee_waiver.c.bill_id, func.sum(late_fee_waiver.c.amount_fen))
        .where(
            late_fee_waiver.c.account_no.in_(_accounts(bills)),
            late_fee_waiver.c.approved_at.is_not(None),
        )
        .group_by(late_fee_waiver.c.bill_id)
    )
    return {bill_id: int(fen) for bill_id, fen in await connection.execute(query)}


async def low_income(connection: AsyncConnection, bills: Sequence[RowMapping]) -> set[str]:
    query = select(account.c.account_no).where(
        account.c.account_no.in_(_accounts(bills)), account.c.low_income
    )
    return set((await connection.execute(query)).scalars())


async def shares(
    connection: AsyncConnection, bills: Sequence[RowMapping], components: frozenset[str]
) -> dict[int, Decimal]:
    """The part of each bill that these components make up; empty when all count."""
    if not components:
        return {}
    query = (
        select(bill_item.c.bill_id, func.sum(bill_item.c.amount_fen))
        .where(
            bill_item.c.account_no.in_(_accounts(bills)),
            bill_item.c.bill_id.in_([row["bill_id"] for row in bills]),
            bill_item.c.component.in_(components),
        )
        .group_by(bill_item.c.bill_id)
    )
    charged = {bill_id: int(fen) for bill_id, fen in await connection.execute(query)}
    return {
        row["bill_id"]: Decimal(charged.get(row["bill_id"], 0)) / max(1, row["total_fen"])
        for row in bills
    }


async def _plans(connection: AsyncConnection, bills: Sequence[RowMapping]) -> list[RowMapping]:
    query = select(instalment_plan).where(instalment_plan.c.account_no.in_(_accounts(bills)))
    return list((await connection.execute(query)).mappings())


async def _disputes(connection: AsyncConnection, bills: Sequence[RowMapping]) -> list[RowMapping]:
    query = select(
        service_order.c.account_no, service_order.c.created_at, service_order.c.done_at
    ).where(service_order.c.account_no.in_(_accounts(bills)), service_order.c.kind.in_(DISPUTES))
    return list((await connection.execute(query)).mappings())


def _accounts(bills: Sequence[RowMapping]) -> set[str]:
    return {row["account_no"] for row in bills}
