"""Meters not read are estimated once, and too many estimates in a row send somebody."""

from datetime import date

from sqlalchemy import select

from billing_client.domain.period import last_day
from billing_client.services import estimates
from billing_client.services.billing_run import issue_bill
from billing_client.services.estimates import Estimated
from billing_client.store.tables import bill
from tests.integration.billing.conftest import ACCOUNT, NOON, Town


async def estimated(town: Town, period: str) -> list[Estimated]:
    async with town.engine.begin() as connection:
        done = [
            await estimates.estimate_meter(connection, one, last_day(period), "x", NOON)
            for one in await estimates.missing(connection, period)
        ]
    return [one for one in done if one is not None]


async def test_estimated_billed_and_settled_by_the_next_real_reading(town: Town) -> None:
    await town.read_meter(date(2026, 9, 10), 10)
    await town.read_meter(date(2026, 9, 30), 30)  # 1 m³ a day; the neighbour was never read
    periods = ("2026-10", "2026-11", "2026-12")
    found = [(await estimated(town, period))[0] for period in periods]
    assert [one.index_l for one in found] == [61_000, 91_000, 122_000]
    assert [one.in_a_row for one in found] == [1, 2, 3]
    assert [bool(one.ticket_no) for one in found] == [False, False, True]
    assert await estimated(town, "2026-12") == []
    await town.read_meter(date(2027, 1, 31), 140)
    async with town.engine.begin() as connection:
        for period in ("2026-09", *periods, "2027-01"):
            await issue_bill(connection, ACCOUNT, period)
        query = select(bill.c.used_l, bill.c.estimated).order_by(bill.c.period)
        bills = [tuple(row) for row in await connection.execute(query)]
    assert bills == [
        (30_000, False), (31_000, True), (30_000, True), (31_000, True), (18_000, False),
    ]  # fmt: skip
    await town.assert_books_right()
