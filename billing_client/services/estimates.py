"""Estimating the meters that were not read, so that nobody gets a huge bill later.

The next real reading corrects by itself: bills go on from the estimate. Where it lies below
a billed estimate, the bill run names the account (``EstimateTooHigh``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.estimate import EstimateRule, estimate
from billing_client.domain.period import first_day, last_day
from billing_client.domain.reading import PastReading, Source
from billing_client.services import service_orders
from billing_client.services.service_orders import NewOrder
from billing_client.store import settings
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, meter, reading
from billing_client.views import Caller

ESTIMATE_RULE = "estimate_rule"  # the setting {"spans": 3, "most_in_a_row": 2}
REREAD = "reread"
READINGS_LOOKED_AT = 24


@dataclass(frozen=True)
class Estimated:
    """``ticket_no``: estimated too often in a row, somebody is sent to read."""

    account_no: str
    meter_no: str
    index_l: int
    in_a_row: int
    ticket_no: str | None


async def rule(connection: AsyncConnection) -> EstimateRule:
    """The utility's own rule, or the usual one."""
    stored: Mapping[str, Any] = await settings.read(connection, ESTIMATE_RULE) or {}
    usual = EstimateRule()
    return EstimateRule(
        stored.get("spans", usual.spans), stored.get("most_in_a_row", usual.most_in_a_row)
    )


async def missing(connection: AsyncConnection, period: str) -> list[RowMapping]:
    """Fitted meters of running accounts without any reading in the period."""
    read = exists().where(
        reading.c.account_no == meter.c.account_no,
        reading.c.meter_no == meter.c.meter_no,
        reading.c.read_on.between(first_day(period), last_day(period)),
    )
    query = (
        select(meter.c.account_no, meter.c.meter_no, account.c.address)
        .join(account, account.c.account_no == meter.c.account_no)
        .where(
            meter.c.removed_on.is_(None),
            meter.c.installed_on < first_day(period),
            account.c.supply_state.in_(("on", "cut")),
            ~read,
        )
        .order_by(meter.c.account_no, meter.c.meter_no)
    )
    return list((await connection.execute(query)).mappings())


async def estimate_meter(
    connection: AsyncConnection, fitted: RowMapping, on: date, by: str, now: datetime
) -> Estimated | None:
    """Enter an estimate for the day unless a reading is there; None when nothing was entered."""
    account_no, meter_no = fitted["account_no"], fitted["meter_no"]
    await lock_account(connection, account_no)
    wanted = await rule(connection)
    guess = estimate(await _history(connection, account_no, meter_no), on, wanted)
    if guess is None:
        return None
    statement = (
        insert(reading)
        .values(
            account_no=account_no,
            meter_no=meter_no,
            read_on=on,
            reading_l=guess.index_l,
            source=Source.ESTIMATE,
        )
        .on_conflict_do_nothing()
        .returning(reading.c.reading_l)
    )
    if (await connection.execute(statement)).first() is None:
        return None
    ticket_no = None
    if guess.in_a_row > wanted.most_in_a_row:
        ticket_no = await _send_somebody(connection, fitted, guess.in_a_row, by, now)
    return Estimated(account_no, meter_no, guess.index_l, guess.in_a_row, ticket_no)


async def _history(
    connection: AsyncConnection, account_no: str, meter_no: str
) -> list[PastReading]:
    query = (
        select(reading.c.read_on, reading.c.reading_l, reading.c.source)
        .where(reading.c.account_no == account_no, reading.c.meter_no == meter_no)
        .order_by(reading.c.read_on.desc())
        .limit(READINGS_LOOKED_AT)
    )
    rows = (await connection.execute(query)).all()
    return [PastReading(row.read_on, row.reading_l, Source(row.source)) for row in reversed(rows)]


async def _send_somebody(
    connection: AsyncConnection, fitted: RowMapping, in_a_row: int, by: str, now: datetime
) -> str:
    order = NewOrder(
        kind=REREAD,
        place=f"{fitted['address']} {fitted['meter_no']}",
        severity="minor",
        account_no=fitted["account_no"],
        details={"meter_no": fitted["meter_no"], "reason": "estimated", "in_a_row": in_a_row},
    )
    opened = await service_orders.open_order(connection, Caller("staff", by), order, now)
    return opened.ticket_no
