"""A customer reads the meter: believed and entered, or refused with the reason.

The same figure handed in a second time is not argued with: somebody is sent to read.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.reading import Reason, Source, shown
from billing_client.errors import AccountClosed, MeterNotNamed, NoMeter, ReadingRefused
from billing_client.services import next_bill, readings, service_orders
from billing_client.services.readings import NewReading, Recorded
from billing_client.services.service_orders import NewOrder
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import account, meter, reading, submitted_reading
from billing_client.views import Caller, SubmittedReadingView

LITRES_A_M3 = 1_000
REREAD = "reread"


async def submit(
    connection: AsyncConnection,
    caller: Caller,
    account_no: str,
    shown_m3: int,
    meter_no: str | None,
    photos: Sequence[str],
    now: datetime,
) -> SubmittedReadingView | ReadingRefused:
    """Take the black digits of a dial. A refusal is returned, so that it can be kept.

    Raises NoMeter, MeterNotNamed or AccountClosed.
    """
    fitted = await _fitted(connection, account_no, meter_no)
    new = NewReading(
        account_no=account_no,
        meter_no=fitted["meter_no"],
        read_on=now.astimezone(SHANGHAI).date(),
        shown_l=shown_m3 * LITRES_A_M3,
        source=Source.CUSTOMER,
        by=f"{caller.channel}:{caller.channel_user}",
        photos=tuple(photos),
    )
    recorded = await readings.record(connection, new, now)
    if recorded.refusal is not None:
        return await _refuse(connection, caller, fitted, new, recorded, recorded.refusal, now)
    return await _view(connection, new, recorded)


async def _fitted(connection: AsyncConnection, account_no: str, meter_no: str | None) -> RowMapping:
    query = (
        select(meter, account.c.address, account.c.supply_state)
        .join(account, account.c.account_no == meter.c.account_no)
        .where(meter.c.account_no == account_no, meter.c.removed_on.is_(None))
        .order_by(meter.c.installed_on, meter.c.meter_no)
    )
    meters = list((await connection.execute(query)).mappings())
    if any(row["supply_state"] == "closed" for row in meters):
        raise AccountClosed(account_no=account_no)
    if meter_no is not None:
        meters = [row for row in meters if row["meter_no"] == meter_no]
    if not meters:
        raise NoMeter(account_no=account_no, meter_no=meter_no)
    if len(meters) > 1:
        raise MeterNotNamed(account_no=account_no, meters=tuple(row["meter_no"] for row in meters))
    return meters[0]


async def _refuse(
    connection: AsyncConnection,
    caller: Caller,
    fitted: RowMapping,
    new: NewReading,
    recorded: Recorded,
    reason: Reason,
    now: datetime,
) -> ReadingRefused:
    ticket_no = recorded.ticket_no
    if recorded.refused_before and ticket_no is None:
        ticket_no = await _send_somebody(connection, caller, fitted, new, recorded, reason, now)
    last_l, last_on = await _last(connection, fitted)
    return ReadingRefused(
        reason=str(reason),
        account_no=new.account_no,
        meter_no=new.meter_no,
        shown_m3=new.shown_l // LITRES_A_M3,
        last_m3=shown(last_l, fitted["digits"]) // LITRES_A_M3,
        last_on=last_on,
        used_m3=None if recorded.used_l is None else recorded.used_l // LITRES_A_M3,
        ticket_no=ticket_no,
    )


async def _send_somebody(
    connection: AsyncConnection,
    caller: Caller,
    fitted: RowMapping,
    new: NewReading,
    recorded: Recorded,
    reason: Reason,
    now: datetime,
) -> str:
    details = {
        "meter_no": new.meter_no,
        "shown_l": new.shown_l,
        "read_on": new.read_on.isoformat(),
        "reason": str(reason),
    }
    order = NewOrder(
        kind=REREAD,
        place=fitted["address"],
        severity="minor",
        account_no=new.account_no,
        photos=new.photos,
        details=details,
    )
    ticket_no = (await service_orders.open_order(connection, caller, order, now)).ticket_no
    await connection.execute(
        update(submitted_reading)
        .where(
            submitted_reading.c.account_no == new.account_no,
            submitted_reading.c.submission_id == recorded.submission_id,
        )
        .values(ticket_no=ticket_no)
    )
    return ticket_no


async def _last(connection: AsyncConnection, fitted: RowMapping) -> tuple[int, object]:
    query = (
        select(reading.c.reading_l, reading.c.read_on)
        .where(
            reading.c.account_no == fitted["account_no"],
            reading.c.meter_no == fitted["meter_no"],
            reading.c.source != Source.ESTIMATE,
        )
        .order_by(reading.c.read_on.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return fitted["initial_l"], fitted["installed_on"]
    return row.reading_l, row.read_on


async def _view(
    connection: AsyncConnection, new: NewReading, recorded: Recorded
) -> SubmittedReadingView:
    assert recorded.used_l is not None
    assert recorded.since is not None
    coming = await next_bill.preview(connection, new.account_no, new.read_on)
    return SubmittedReadingView(
        account_no=new.account_no,
        meter_no=new.meter_no,
        read_on=new.read_on,
        shown_m3=new.shown_l // LITRES_A_M3,
        used_l=recorded.used_l,
        since=recorded.since,
        counts=recorded.verdict == "accepted",
        remarks=tuple(str(reason) for reason in recorded.reasons),
        estimated_fen=coming.total_fen if coming else None,
        estimated_l=coming.used_l if coming else None,
        estimated_from=coming.read_from if coming else None,
    )
