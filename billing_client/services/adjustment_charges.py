"""What a credit or debit may be about: which charge of which bill, and up to how much."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.adjustment import AdjustmentRefused, Kind, Obstacle, State, check_credit
from billing_client.services import tariffs
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import account, adjustment, bill, bill_item

WATER = "WATER"


@dataclass(frozen=True)
class Correction:
    """A credit or debit: so many fen of a charge, of a bill or of the account as a whole."""

    kind: Kind
    amount_fen: int
    bill_id: int | None = None
    component: str = WATER

    def __post_init__(self) -> None:
        assert self.kind in (Kind.CREDIT, Kind.DEBIT), f"{self.kind} has a way of its own"


async def check_charge(
    connection: AsyncConnection,
    account_no: str,
    wanted: Correction,
    now: datetime,
) -> str:
    """The name of the charge on the bill, or in the tariff in force. Raises AdjustmentRefused."""
    bill_id, component = wanted.bill_id, wanted.component
    if bill_id is None:
        return await _name_in_tariff(connection, account_no, component, now)
    query = select(bill.c.bill_id).where(bill.c.account_no == account_no, bill.c.bill_id == bill_id)
    if (await connection.execute(query)).first() is None:
        raise AdjustmentRefused(Obstacle.NO_BILL)
    item = await _item(connection, account_no, bill_id, component)
    if item is None:
        raise AdjustmentRefused(Obstacle.NO_COMPONENT)
    if wanted.kind is Kind.CREDIT:
        given_back = await given_back_fen(connection, account_no, bill_id, component)
        check_credit(wanted.amount_fen, item["amount_fen"], given_back)
    return item["component_name"]


async def given_back_fen(
    connection: AsyncConnection, account_no: str, bill_id: int, component: str | None = None
) -> int:
    """Credits that were posted on the bill, of all charges or of one."""
    query = select(func.coalesce(func.sum(adjustment.c.amount_fen), 0)).where(
        adjustment.c.account_no == account_no,
        adjustment.c.bill_id == bill_id,
        adjustment.c.kind == Kind.CREDIT,
        adjustment.c.state == State.POSTED,
    )
    if component is not None:
        query = query.where(adjustment.c.component == component)
    return int((await connection.execute(query)).scalar_one())


async def _item(
    connection: AsyncConnection, account_no: str, bill_id: int, component: str
) -> RowMapping | None:
    query = select(bill_item).where(
        bill_item.c.account_no == account_no,
        bill_item.c.bill_id == bill_id,
        bill_item.c.component == component,
    )
    return (await connection.execute(query)).mappings().first()


async def _name_in_tariff(
    connection: AsyncConnection, account_no: str, component: str, now: datetime
) -> str:
    query = select(account.c.customer_class).where(account.c.account_no == account_no)
    customer_class = (await connection.execute(query)).scalar_one()
    tariff = await tariffs.in_force(connection, now.astimezone(SHANGHAI).date())
    prices = tariff.customer_class(customer_class)
    charges = (*prices.components, *prices.fixed)
    name = next((it.name for it in charges if it.code == component), None)
    if name is None:
        raise AdjustmentRefused(Obstacle.NO_COMPONENT)
    return name
