"""A customer's own reading: stored, judged, estimated; the same refused figure sends somebody."""

from datetime import date

import pytest
from sqlalchemy import insert, select

from billing_client.errors import MeterNotNamed, NoMeter, NotBound, ReadingRefused
from billing_client.services.billing_run import issue_bill
from billing_client.store.tables import meter, reading, service_order, submitted_reading
from tests.integration.billing.conftest import ACCOUNT, WANG, Town


@pytest.fixture
async def read_town(town: Town) -> Town:
    """Billed until 31 October at 20 m³ (10 m³ a month)."""
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 10)
    await town.read_meter(date(2026, 10, 31), 20)
    async with town.engine.begin() as connection:
        for period in ("2026-09", "2026-10"):
            await issue_bill(connection, ACCOUNT, period)
    return town


async def rows(town: Town, table: object) -> list[dict[str, object]]:
    async with town.engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(select(table))).mappings()]  # pyright: ignore[reportCallIssue, reportArgumentType]


async def test_believed_entered_and_estimated(read_town: Town) -> None:
    view = await read_town.client.submit_reading(WANG, ACCOUNT, 29)
    assert (view.used_l, view.since, view.counts) == (9_000, date(2026, 10, 31), True)
    assert (view.estimated_fen, view.estimated_l) == (9 * 490, 9_000)
    assert view.estimated_from == date(2026, 10, 31)
    newest = max(await rows(read_town, reading), key=lambda row: str(row["read_on"]))
    assert (newest["reading_l"], newest["source"]) == (29_000, "customer")
    again = await read_town.client.submit_reading(WANG, ACCOUNT, 29)
    assert again == view
    assert len(await rows(read_town, submitted_reading)) == 1


async def test_refused_with_reason_kept_and_read_again_when_insisted(read_town: Town) -> None:
    for expected_tickets in (0, 1, 1):
        with pytest.raises(ReadingRefused) as refusal:
            await read_town.client.submit_reading(WANG, ACCOUNT, 12)
        assert refusal.value.code == "reading_lower"
        assert refusal.value.facts["last_m3"] == 20
        orders = await rows(read_town, service_order)
        assert len(orders) == expected_tickets
    assert refusal.value.facts["ticket_no"] == orders[0]["ticket_no"]
    (kept,) = await rows(read_town, submitted_reading)
    assert (kept["verdict"], kept["reasons"], kept["ticket_no"]) == (
        "refused", ["lower"], orders[0]["ticket_no"],
    )  # fmt: skip
    assert len(await rows(read_town, reading)) == 2


async def test_a_remote_reading_of_the_day_stands(read_town: Town) -> None:
    await read_town.read_meter(date(2026, 11, 24), 28)
    view = await read_town.client.submit_reading(WANG, ACCOUNT, 29)
    assert not view.counts
    assert view.estimated_l == 8_000


async def test_who_and_which_meter(read_town: Town) -> None:
    with pytest.raises(NotBound):
        await read_town.client.submit_reading(WANG, "1000001357", 5)
    with pytest.raises(NoMeter):
        await read_town.client.submit_reading(WANG, ACCOUNT, 29, meter_no="other")
    async with read_town.engine.begin() as connection:
        await connection.execute(
            insert(meter).values(
                account_no=ACCOUNT, meter_no="second", kind="mechanical",
                installed_on=date(2026, 11, 1),
            )
        )  # fmt: skip
    with pytest.raises(MeterNotNamed) as refusal:
        await read_town.client.submit_reading(WANG, ACCOUNT, 29)
    assert refusal.value.facts["meters"] == (f"M{ACCOUNT}", "second")
    view = await read_town.client.submit_reading(WANG, ACCOUNT, 3, meter_no="second")
    assert (view.used_l, view.estimated_l) == (3_000, None)  # the first one was not read yet
