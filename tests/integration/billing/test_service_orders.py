"""Service orders under real concurrency: threads with connections of their own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from billing_client.core import connect
from billing_client.errors import NoSuchOrder
from billing_client.pay.settings import PaymentSettings
from billing_client.store.tables import outage
from billing_client.views import Caller, ServiceOrderView
from tests.integration.billing.conftest import NOON, WANG, Town

THREADS = 8


def reports(
    database_url: str, folder: Path, callers: list[Caller], place: str
) -> list[ServiceOrderView]:
    """All callers report a leak at the same moment, each from a thread and engine of its own."""

    async def report(caller: Caller) -> ServiceOrderView:
        client = connect(database_url, payment_settings=PaymentSettings(data_dir=folder))
        try:
            return await client.open_service_order(
                caller, kind="leak", place=place, severity="emergency"
            )
        finally:
            await client.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda caller: asyncio.run(report(caller)), callers))


async def test_numbers_of_a_day_have_no_gaps_and_no_doubles(
    town: Town, database_url: str, tmp_path: Path
) -> None:
    callers = [Caller("web", f"caller-{number}") for number in range(16)]
    orders = await asyncio.to_thread(reports, database_url, tmp_path, callers, "人民路")
    numbers = sorted(order.ticket_no for order in orders)
    assert numbers == [f"GD20261124{number:03d}" for number in range(1, 17)]
    assert orders[0].promised_at == NOON + timedelta(minutes=45)


async def test_the_same_leak_reported_at_once_is_one_order(
    town: Town, database_url: str, tmp_path: Path
) -> None:
    orders = await asyncio.to_thread(reports, database_url, tmp_path, [WANG] * 12, "和平里2栋门口")
    assert {order.ticket_no for order in orders} == {"GD20261124001"}
    assert sum(not order.existed for order in orders) == 1


async def test_orders_are_found_and_urged_by_their_reporter_only(town: Town) -> None:
    order = await town.client.open_service_order(
        WANG, kind="no_water", place="和平里", severity="serious"
    )
    assert (await town.client.urge(WANG, order.ticket_no)).urged == 1
    assert [o.ticket_no for o in await town.client.service_orders(WANG)] == [order.ticket_no]
    stranger = Caller("web", "stranger")
    with pytest.raises(NoSuchOrder):
        await town.client.service_order(stranger, order.ticket_no)
    with pytest.raises(NoSuchOrder):
        await town.client.urge(stranger, order.ticket_no)


async def test_outages_are_found_by_place_and_by_the_own_account(town: Town) -> None:
    async with town.engine.begin() as connection:
        for area, hours in (("和平里", -1), ("人民路", 5)):
            starts_at = NOON + timedelta(hours=hours)
            await connection.execute(
                insert(outage).values(
                    kind="planned",
                    areas=[area],
                    reason="检修",
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=4),
                )
            )
    assert len(await town.client.outages(WANG)) == 2  # nothing is known of the caller
    (named,) = await town.client.outages(WANG, "人民路18号")
    assert named.state == "announced"
    await town.bind()
    (own,) = await town.client.outages(WANG)
    assert (own.areas, own.state) == (("和平里",), "running")


async def test_price_table_of_the_residents_in_the_words_of_the_tariff(town: Town) -> None:
    table = await town.client.tariff(WANG)
    assert (table.totals, table.limits_m3) == (("4.90", "6.20", "8.00"), ("180", "240", None))
    assert (await town.client.tariff(WANG, "SPECIAL")).totals == ("22.30",)
