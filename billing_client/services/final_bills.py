"""The final reading and bill of an account, before it closes or changes hands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.account import Standing, SupplyState
from billing_client.domain.period import period_of, shifted
from billing_client.domain.reading import Reason, Source
from billing_client.services import bills, ledger, readings
from billing_client.services.billing_run import issue_bill
from billing_client.services.measuring import NoReading
from billing_client.services.pricing import ADJUSTMENT
from billing_client.services.readings import NewReading
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import (
    account,
    account_settlement,
    autopay_contract,
    bill,
    instalment_plan,
    meter,
)

DUE_AFTER = timedelta(days=15)
LITRES_A_M3 = 1_000


class FinalReadingRefused(ValueError):
    """A meter lacks its final reading, or the one given cannot be right."""

    def __init__(self, meter_no: str, reason: Reason | None) -> None:
        super().__init__(f"{meter_no} {reason or 'missing'}")
        self.meter_no, self.reason = meter_no, reason


@dataclass(frozen=True)
class Settled:
    """``bill_id`` None: nothing was used since the last bill."""

    settled_on: date
    bill_id: int | None
    open_fen: int
    prepaid_fen: int


async def settle(
    connection: AsyncConnection,
    account_no: str,
    final_m3: Mapping[str, int],
    by: str,
    now: datetime,
) -> Settled:
    """Read every fitted meter for the last time and bill the rest to who holds the account.

    Safe to repeat on a day. Raises FinalReadingRefused.
    """
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    today = now.astimezone(SHANGHAI).date()
    await _read_all(connection, account_no, final_m3, by, now)
    bill_id = await _bill_rest(connection, account_no, today)
    values = {"settled_on": today, "bill_id": bill_id, "settled_by": by}
    statement = insert(account_settlement).values(account_no=account_no, **values)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["account_no", "settled_on"],
            set_={"bill_id": func.coalesce(bill_id, account_settlement.c.bill_id)},
        )
    )
    now_open = await standing(connection, account_no, today)
    return Settled(today, bill_id, now_open.open_fen, now_open.prepaid_fen)


async def standing(connection: AsyncConnection, account_no: str, today: date) -> Standing:
    """What is open between the utility and the account. Raises LookupError without one."""
    query = select(account.c.supply_state).where(account.c.account_no == account_no)
    supply = (await connection.execute(query)).scalar_one_or_none()
    if supply is None:
        raise LookupError(account_no)
    settled = select(func.max(account_settlement.c.settled_on)).where(
        account_settlement.c.account_no == account_no
    )
    contracts = select(func.count()).where(
        autopay_contract.c.account_no == account_no,
        autopay_contract.c.state.in_(("PENDING", "ACTIVE")),
    )
    plans = select(func.count()).where(
        instalment_plan.c.account_no == account_no, instalment_plan.c.state == "ACTIVE"
    )
    owed = await bills.arrears(connection, account_no, today)
    return Standing(
        supply=SupplyState(supply),
        open_fen=owed.open_fen,
        overdue_fen=owed.overdue_fen,
        prepaid_fen=await ledger.prepaid_fen(connection, account_no),
        settled_on=(await connection.execute(settled)).scalar_one(),
        autopay=bool((await connection.execute(contracts)).scalar_one()),
        instalment=bool((await connection.execute(plans)).scalar_one()),
    )


async def _read_all(
    connection: AsyncConnection,
    account_no: str,
    final_m3: Mapping[str, int],
    by: str,
    now: datetime,
) -> None:
    query = select(meter.c.meter_no).where(
        meter.c.account_no == account_no, meter.c.removed_on.is_(None)
    )
    for meter_no in (await connection.execute(query)).scalars():
        if meter_no not in final_m3:
            raise FinalReadingRefused(meter_no, None)
        new = NewReading(
            account_no=account_no,
            meter_no=meter_no,
            read_on=now.astimezone(SHANGHAI).date(),
            shown_l=final_m3[meter_no] * LITRES_A_M3,
            source=Source.MANUAL,
            by=by,
            checked=True,
        )
        found = await readings.record(connection, new, now)
        # Billed up to today already: the same figure was settled a moment ago.
        if found.refusal not in (None, Reason.TOO_OLD):
            raise FinalReadingRefused(meter_no, found.refusal)


async def _bill_rest(connection: AsyncConnection, account_no: str, today: date) -> int | None:
    period = await _free_period(connection, account_no, today)
    try:
        issued = await issue_bill(
            connection, account_no, period, issue_on=today, pay_by=today + DUE_AFTER
        )
    except NoReading:
        return None
    return issued.bill_id


async def _free_period(connection: AsyncConnection, account_no: str, today: date) -> str:
    """This month, or the next one without a bill: a month is billed once."""
    query = select(bill.c.period).where(
        bill.c.account_no == account_no,
        bill.c.period >= period_of(today),
        bill.c.kind != ADJUSTMENT,
    )
    taken = set((await connection.execute(query)).scalars())
    period = period_of(today)
    while period in taken:
        period = shifted(period, 1)
    return period
