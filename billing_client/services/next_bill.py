"""What a bill would come to if it were made from the readings until now."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import compute
from billing_client.domain.tier_year import span_of
from billing_client.services import tariffs, terms, tiers
from billing_client.services.measuring import NoReading, stretches


@dataclass(frozen=True)
class NextBill:
    read_from: date
    read_to: date
    used_l: int
    total_fen: int


async def preview(connection: AsyncConnection, account_no: str, today: date) -> NextBill | None:
    """The open stretch under the tariff of today; None when nothing new was read."""
    try:
        open_ones = await stretches(connection, account_no, today)
    except NoReading:
        return None
    held = await terms.on_day(connection, account_no, today)
    tariff = await tariffs.in_force(connection, today)
    year_from, _ = span_of(today, tariff.period)
    used_l = sum(stretch.used_l for stretch in open_ones)
    computed = compute(
        tariff,
        held.customer_class,
        persons=held.persons,
        prior_l=await tiers.used_l(connection, account_no, year_from),
        used_l=used_l,
    )
    return NextBill(
        read_from=min(stretch.read_from for stretch in open_ones),
        read_to=max(stretch.read_to for stretch in open_ones),
        used_l=used_l,
        total_fen=computed.total_fen,
    )
