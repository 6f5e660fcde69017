"""Accounts behind a main meter (总表): who pays for what it measured more than theirs did.

The setting ``shared_meter`` {"difference": …}: SHARED (default), the users share it by their
use, as the rule of 转供 asks; MAIN_ACCOUNT, the holder of the main meter pays for it. Either
way the main account's bill is what no bill behind it has, so that no litre is billed twice.
"""

from datetime import date

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.shared_meter import shares
from billing_client.services import measuring
from billing_client.services.measuring import NoReading
from billing_client.services.pricing import ADJUSTMENT
from billing_client.store import settings
from billing_client.store.tables import account, bill

SHARED_METER = "shared_meter"
SHARED, MAIN_ACCOUNT = "SHARED", "MAIN_ACCOUNT"


class NotAllRead(NoReading):
    """Another account of the same main meter has no reading, or no bill, for the period yet."""


async def portion_l(
    connection: AsyncConnection, account_no: str, period: str, own_l: int, until: date
) -> int:
    """Litres that the bill has beside the account's own meters; 0 without a main meter.

    Behind one: the share of the difference. Of the main account: less what the bills of the
    period behind it have, so below zero. Raises NotAllRead.
    """
    query = select(account.c.main_account_no).where(account.c.account_no == account_no)
    main_no = (await connection.execute(query)).scalar_one()
    if main_no is None:
        behind = await _behind(connection, account_no)
        return -await _billed_l(connection, behind, period, own_l) if behind else 0
    stored = await settings.read(connection, SHARED_METER) or {}
    if stored.get("difference", SHARED) == MAIN_ACCOUNT:
        return 0
    used = {
        one: await _own_l(connection, one, period, until)
        for one in await _behind(connection, main_no)
        if one != account_no
    } | {account_no: own_l}
    main_l = await _own_l(connection, main_no, period, until)
    return shares(main_l, used)[account_no] - own_l


async def _behind(connection: AsyncConnection, main_account_no: str) -> list[str]:
    query = select(account.c.account_no).where(
        account.c.main_account_no == main_account_no, account.c.supply_state != "closed"
    )
    return list((await connection.execute(query.order_by(account.c.account_no))).scalars())


async def _billed_l(
    connection: AsyncConnection, account_nos: list[str], period: str, most_l: int
) -> int:
    """What the bills of the period come to, at most what the main meter measured."""
    billed = 0
    for one in account_nos:
        row = await _bill(connection, one, period)
        if row is None and await _supplied(connection, one):
            raise NotAllRead(f"{period} {one}")
        billed += 0 if row is None else row["used_l"]
    return min(most_l, billed)


async def _own_l(connection: AsyncConnection, account_no: str, period: str, until: date) -> int:
    """Measured by the account's own meters: billed for the period already, or about to be."""
    row = await _bill(connection, account_no, period)
    if row is not None:
        return row["used_l"] - (row["special"] or {}).get("shared_l", 0)
    try:
        found = await measuring.stretches(connection, account_no, until)
    except NoReading as missing:
        if not await _supplied(connection, account_no):
            return 0
        raise NotAllRead(str(missing)) from missing
    return sum(stretch.used_l for stretch in found)


async def _supplied(connection: AsyncConnection, account_no: str) -> bool:
    """Where water is cut or paused, nobody reads and nothing is used."""
    query = select(account.c.supply_state).where(account.c.account_no == account_no)
    return (await connection.execute(query)).scalar_one() == "on"


async def _bill(connection: AsyncConnection, account_no: str, period: str) -> RowMapping | None:
    query = select(bill.c.used_l, bill.c.special).where(
        bill.c.account_no == account_no, bill.c.period == period, bill.c.kind != ADJUSTMENT
    )
    return (await connection.execute(query)).mappings().first()
