"""Waivers and pauses of late fees on real books."""

from datetime import date, datetime, timedelta

import pytest

from billing_client.services import late_fee_waivers
from billing_client.services.billing_run import issue_bill
from billing_client.services.late_fee_waivers import WaiverRefused
from billing_client.store.clock import SHANGHAI
from tests.integration.billing.conftest import ACCOUNT, NOON, WANG, Town
from tests.integration.billing.test_billing_run import pay

FEE = 140


async def in_arrears(town: Town) -> int:
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 30)
    async with town.engine.begin() as connection:
        return (await issue_bill(connection, ACCOUNT, "2026-09")).bill_id


async def ask(town: Town, bill_id: int, fen: int) -> int:
    async with town.engine.begin() as connection:
        waiver = await late_fee_waivers.ask(
            connection, ACCOUNT, bill_id, fen, reason="抄表错误", asked_by="周敏", now=NOON
        )
    return waiver.waiver_id


async def approve(town: Town, waiver_id: int, by: str = "陈立", now: datetime = NOON) -> None:
    async with town.engine.begin() as connection:
        await late_fee_waivers.approve(connection, ACCOUNT, waiver_id, by, now)


async def late_fee(town: Town) -> int:
    return (await town.client.arrears(WANG, ACCOUNT)).late_fee_fen


async def test_a_waiver_counts_from_its_approval_and_only_once(town: Town) -> None:
    bill_id = await in_arrears(town)
    waiver_id = await ask(town, bill_id, FEE)
    assert await late_fee(town) == FEE
    await approve(town, waiver_id)
    await approve(town, waiver_id)
    assert await late_fee(town) == 0
    await town.assert_books_right()


async def test_the_fee_runs_on_and_can_be_waived_again_to_the_same_sum(town: Town) -> None:
    bill_id = await in_arrears(town)
    await approve(town, await ask(town, bill_id, FEE))
    later = NOON + timedelta(days=19)
    await town.set_now(later)
    assert await late_fee(town) == 139  # 279.3 in all, less 140
    await approve(town, await ask_at(town, bill_id, 39, later), now=later)
    assert await late_fee(town) == 100
    await pay(town, "P1", 14_800, later, bill_id)
    assert (await town.client.arrears(WANG, ACCOUNT)).bills == ()
    await town.assert_books_right()


async def ask_at(town: Town, bill_id: int, fen: int, now: datetime) -> int:
    async with town.engine.begin() as connection:
        waiver = await late_fee_waivers.ask(
            connection, ACCOUNT, bill_id, fen, reason="困难", asked_by="周敏", now=now
        )
    return waiver.waiver_id


async def test_nobody_approves_what_they_asked_for(town: Town) -> None:
    bill_id = await in_arrears(town)
    waiver_id = await ask(town, bill_id, FEE)
    with pytest.raises(WaiverRefused, match="另一位"):
        await approve(town, waiver_id, by="周敏")
    assert await late_fee(town) == FEE


async def test_no_more_is_waived_than_is_open(town: Town) -> None:
    bill_id = await in_arrears(town)
    with pytest.raises(WaiverRefused, match="140"):
        await ask(town, bill_id, FEE + 1)
    waiver_id = await ask(town, bill_id, FEE)
    await pay(town, "P1", 100, NOON, bill_id)  # pays late fee first
    with pytest.raises(WaiverRefused, match="40"):
        await approve(town, waiver_id)
    await town.assert_books_right()


async def test_a_question_about_the_reading_stops_the_fee(town: Town) -> None:
    await in_arrears(town)
    await town.client.open_service_order(
        WANG, kind="reread", place="和平里2栋", severity="minor",
        details={"account_no": ACCOUNT},
    )  # fmt: skip
    await town.set_now(datetime(2027, 3, 1, 12, tzinfo=SHANGHAI))
    assert await late_fee(town) == 132  # 18 days: none from the 24th on
