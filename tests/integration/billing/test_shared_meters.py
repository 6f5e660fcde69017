"""Behind a main meter no litre is billed twice and none is lost, one by one or in the run."""

import asyncio
from datetime import date

import pytest
from sqlalchemy import insert, select, update

from billing_client.services import bulk_run, rebilling, shared_meters
from billing_client.services.account_opening import NewAccount, open_account
from billing_client.services.billing_run import issue_bill
from billing_client.services.meters import NewMeter
from billing_client.services.shared_meters import NotAllRead
from billing_client.store import settings
from billing_client.store.tables import account, bill, reading
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, WANG, Town

READ_ON = date(2026, 10, 31)
MAIN = ACCOUNT


async def behind_one_meter(town: Town) -> str:
    """The main meter ran 60 m³, one user's 30, the other's 20: 10 m³ are nobody's. The third."""
    async with town.engine.begin() as connection:
        third = await open_account(
            connection,
            NewAccount("周平", "13811119999", "和平里2栋", "和平里", "RESIDENT"),
            NewMeter("M3", "smart"), date(2026, 8, 31), "staff:周敏",
        )  # fmt: skip
        behind = update(account).where(account.c.account_no.in_((NEIGHBOUR, third)))
        await connection.execute(behind.values(main_account_no=MAIN))
    await town.read_meter(READ_ON, 60, MAIN)
    await town.read_meter(READ_ON, 30, NEIGHBOUR)
    return third


async def read_third(town: Town, third: str) -> None:
    async with town.engine.begin() as connection:
        row = {"account_no": third, "meter_no": "M3", "read_on": READ_ON}
        await connection.execute(
            insert(reading).values(row | {"reading_l": 20_000, "source": "manual"})
        )


async def issue(town: Town, account_no: str) -> int:
    async with town.engine.begin() as connection:
        return (await issue_bill(connection, account_no, "2026-10")).bill_id


async def used(town: Town) -> dict[str, int]:
    async with town.engine.connect() as connection:
        query = select(bill.c.account_no, bill.c.used_l)
        return {row.account_no: row.used_l for row in await connection.execute(query)}


async def test_the_difference_is_shared_by_use(town: Town) -> None:
    third = await behind_one_meter(town)
    with pytest.raises(NotAllRead):
        await issue(town, NEIGHBOUR)
    await read_third(town, third)
    with pytest.raises(NotAllRead):
        await issue(town, MAIN)
    for account_no in (third, NEIGHBOUR, MAIN):
        await issue(town, account_no)
    assert await used(town) == {NEIGHBOUR: 36_000, third: 24_000, MAIN: 0}
    await town.bind(account_no=NEIGHBOUR)
    (view,) = await town.client.bills(WANG, NEIGHBOUR)
    assert (view.reading_to_l - view.reading_from_l, view.shared_l) == (30_000, 6_000)
    assert view.total_fen == 36 * 490
    await town.assert_books_right()


async def test_made_again_the_share_is_the_same(town: Town) -> None:
    third = await behind_one_meter(town)
    await read_third(town, third)
    await issue(town, third)
    bill_id = await issue(town, NEIGHBOUR)
    async with town.engine.begin() as connection:
        done = await rebilling.rebill(
            connection, NEIGHBOUR, bill_id, reason="核对", by="staff:周敏", now=NOON
        )
    assert [new.total_fen for new in done.issued] == [36 * 490]


async def test_or_the_main_account_pays_it(town: Town) -> None:
    third = await behind_one_meter(town)
    await read_third(town, third)
    async with town.engine.begin() as connection:
        await settings.write(
            connection, shared_meters.SHARED_METER, {"difference": shared_meters.MAIN_ACCOUNT}
        )
    for account_no in (third, NEIGHBOUR, MAIN):
        await issue(town, account_no)
    assert await used(town) == {NEIGHBOUR: 30_000, third: 20_000, MAIN: 10_000}


async def test_who_is_cut_off_holds_nobody_up(town: Town) -> None:
    third = await behind_one_meter(town)
    async with town.engine.begin() as connection:
        cut = update(account).where(account.c.account_no == third).values(supply_state="cut")
        await connection.execute(cut)
    await issue(town, NEIGHBOUR)
    await issue(town, MAIN)
    assert await used(town) == {NEIGHBOUR: 60_000, MAIN: 0}


async def test_the_run_bills_the_main_account_last(town: Town, database_url: str) -> None:
    third = await behind_one_meter(town)
    first = await asyncio.to_thread(bulk_run.run, database_url, "2026-10")
    assert (first.bills, first.exceptions) == (0, {"no_reading": 1, "shared_meter": 2})
    await read_third(town, third)
    second = await asyncio.to_thread(bulk_run.run, database_url, "2026-10")
    assert (second.bills, second.exceptions) == (3, {})
    assert await used(town) == {NEIGHBOUR: 36_000, third: 24_000, MAIN: 0}
    await town.assert_books_right()
