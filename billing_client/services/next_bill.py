"""What a bill would come to if it were made from the readings until now."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import compute
from billing_client.domain.tier_year import span_of
from billing_client.services import tariffs, tiers
from billing_client.services.measuring import ALL_PERIODS, NoReading, stretches
from billing_client.store.tables import account


@dataclass(frozen=True)
class NextBill:
    read_from: date
    read_to: date
    used_l: int
    total_fen: int


async def preview(connection: AsyncConnection, account_no: str, today: date) -> NextBill | None:
    """The open stretch under the tariff of today; None when nothing new was read."""
    try:
        open_ones = await stretches(connection, account_no, ALL_PERIODS, today)
    except NoReading:
        return None
    query = select(account.c.customer_class, account.c.persons).where(
        account.c.account_no == account_no
    )
    customer_class, persons = (await connection.execute(query)).one()
    tariff = await tariffs.in_force(connection, today)
    year_from, _ = span_of(today, tariff.period)
    used_l = sum(stretch.used_l for stretch in open_ones)
    computed = compute(
        tariff,
        customer_class,
        persons=persons,
        prior_l=await tiers.used_l(connection, account_no, year_from),
        used_l=used_l,
    )
    return NextBill(
        read_from=min(stretch.read_from for stretch in open_ones),
        read_to=max(stretch.read_to for stretch in open_ones),
        used_l=used_l,
        total_fen=computed.total_fen,
    )
