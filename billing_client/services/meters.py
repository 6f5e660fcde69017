"""Fitting and exchanging meters, so that no litre is lost or counted twice."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.reading import Reason, Source
from billing_client.services import readings
from billing_client.services.readings import NewReading
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import meter, reading

LITRES_A_M3 = 1_000


class MeterRefused(ValueError):
    """``reason``: taken (the number is in use), not_fitted, or why the final reading is wrong."""

    def __init__(self, meter_no: str, reason: str | Reason) -> None:
        super().__init__(f"{meter_no} {reason}")
        self.meter_no, self.reason = meter_no, str(reason)


@dataclass(frozen=True)
class NewMeter:
    meter_no: str
    kind: str  # smart | mechanical
    initial_m3: int = 0
    digits: int = 5
    q3_l_per_hour: int = 2_500


async def fit(
    connection: AsyncConnection, account_no: str, new: NewMeter, on: date, by: str
) -> None:
    """A further meter of the account. Raises MeterRefused."""
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    taken = select(meter.c.meter_no).where(
        meter.c.meter_no == new.meter_no, meter.c.removed_on.is_(None)
    )
    same = select(meter.c.meter_no).where(
        meter.c.meter_no == new.meter_no, meter.c.account_no == account_no
    )
    if (await connection.execute(taken.union(same))).first() is not None:
        raise MeterRefused(new.meter_no, "taken")
    litres = new.initial_m3 * LITRES_A_M3
    await connection.execute(
        insert(meter).values(
            account_no=account_no,
            meter_no=new.meter_no,
            kind=new.kind,
            installed_on=on,
            initial_l=litres,
            digits=new.digits,
            q3_l_per_hour=new.q3_l_per_hour,
        )
    )
    await connection.execute(
        insert(reading).values(
            account_no=account_no,
            meter_no=new.meter_no,
            read_on=on,
            reading_l=litres,
            source=Source.MANUAL,
        )
    )


async def remove(
    connection: AsyncConnection,
    account_no: str,
    meter_no: str,
    final_m3: int,
    by: str,
    now: datetime,
) -> None:
    """Take a meter away with its last reading, today. Raises MeterRefused."""
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    query = select(meter.c.meter_no).where(
        meter.c.account_no == account_no,
        meter.c.meter_no == meter_no,
        meter.c.removed_on.is_(None),
    )
    if (await connection.execute(query)).first() is None:
        raise MeterRefused(meter_no, "not_fitted")
    today = now.astimezone(SHANGHAI).date()
    final = NewReading(
        account_no=account_no,
        meter_no=meter_no,
        read_on=today,
        shown_l=final_m3 * LITRES_A_M3,
        source=Source.MANUAL,
        by=by,
        checked=True,
    )
    recorded = await readings.record(connection, final, now)
    if recorded.refusal is not None:
        raise MeterRefused(meter_no, recorded.refusal)
    await connection.execute(
        update(meter)
        .where(meter.c.account_no == account_no, meter.c.meter_no == meter_no)
        .values(removed_on=today, final_l=recorded.index_l)
    )


async def exchange(
    connection: AsyncConnection,
    account_no: str,
    old_no: str,
    final_m3: int,
    new: NewMeter,
    by: str,
    now: datetime,
) -> None:
    """Old meter out, new meter in, on the same day. Raises MeterRefused."""
    await remove(connection, account_no, old_no, final_m3, by, now)
    await fit(connection, account_no, new, now.astimezone(SHANGHAI).date(), by)
