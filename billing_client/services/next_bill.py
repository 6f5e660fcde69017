"""What a bill would come to if it were made from the readings until now."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.period import period_of
from billing_client.services import terms
from billing_client.services.measuring import NoReading, stretches
from billing_client.services.pricing import price_use
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
        open_ones = await stretches(connection, account_no, today)
    except NoReading:
        return None
    query = select(account).where(account.c.account_no == account_no)
    customer = dict((await connection.execute(query)).mappings().one())
    customer |= asdict(await terms.on_day(connection, account_no, today))
    priced = await price_use(connection, customer, period_of(today), open_ones)
    return NextBill(
        read_from=min(stretch.read_from for stretch in open_ones),
        read_to=max(stretch.read_to for stretch in open_ones),
        used_l=sum(stretch.used_l for stretch in open_ones),
        total_fen=priced.computed.total_fen,
    )
