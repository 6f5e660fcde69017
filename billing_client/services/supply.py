"""Pausing, resuming, cutting, reconnecting and closing a supply."""

from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.account import SupplyState, check_pause, check_supply
from billing_client.services.final_bills import standing
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, meter, reading


async def change(
    connection: AsyncConnection,
    account_no: str,
    after: SupplyState,
    by: str,
    now: datetime,
    *,
    until: date | None = None,
) -> None:
    """Move the supply to a state; ``until`` is the end of a pause.

    Raises ChangeRefused with the reason (``domain/account.py``).
    """
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    today = now.astimezone(SHANGHAI).date()
    check_supply(await standing(connection, account_no, today), after, today)
    values: dict[str, object] = {"supply_state": after, "paused_until": None}
    if after is SupplyState.PAUSED:
        assert until is not None, "a pause has an end"
        check_pause(until, today)
        values["paused_until"] = until
    if after is SupplyState.CLOSED:
        values["closed_on"] = today
        await _remove_meters(connection, account_no, today)
    await connection.execute(
        update(account).where(account.c.account_no == account_no).values(values)
    )


async def end_pauses(connection: AsyncConnection, today: date) -> list[str]:
    """Accounts whose pause is over run again; their numbers. Safe to repeat."""
    statement = (
        update(account)
        .where(account.c.supply_state == SupplyState.PAUSED, account.c.paused_until < today)
        .values(supply_state=SupplyState.ON, paused_until=None)
        .returning(account.c.account_no)
    )
    return list((await connection.execute(statement)).scalars())


async def _remove_meters(connection: AsyncConnection, account_no: str, today: date) -> None:
    """With the final readings of the settlement."""
    last = (
        select(reading.c.reading_l)
        .where(reading.c.account_no == meter.c.account_no, reading.c.meter_no == meter.c.meter_no)
        .order_by(reading.c.read_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    await connection.execute(
        update(meter)
        .where(meter.c.account_no == account_no, meter.c.removed_on.is_(None))
        .values(removed_on=today, final_l=last)
    )
