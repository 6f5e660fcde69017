"""What an account's use says, asked through the door: leak, forecast, comparison, advice."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, update

from billing_client.domain.period import first_day, last_day, shifted
from billing_client.errors import NotBound
from billing_client.services.billing_run import issue_bill
from billing_client.store.tables import account, bill, daily_usage, meter
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, WANG, Town

TODAY = NOON.date()
DRAWN = [0, 0, 0, 0, 0, 20, 30, 40, 30, 10, 0, 20, 20, 0, 0, 0, 20, 30, 40, 30, 20, 10, 10, 0]


async def send_days(
    town: Town, count: int, *, leak_l_per_hour: int = 0, leak_days: int = 0
) -> None:
    """``count`` days until yesterday, 330 L each; in the last ``leak_days`` water runs on."""
    rows = []
    for back in range(count, 0, -1):
        flow = leak_l_per_hour if back <= leak_days else 0
        hours = [litres + flow for litres in DRAWN]
        rows.append(
            {
                "account_no": ACCOUNT,
                "day": TODAY - timedelta(days=back),
                "used_l": sum(hours),
                "night_l_per_hour": min(hours[2:5]),
                "hours_l": hours,
            }
        )
    async with town.engine.begin() as connection:
        await connection.execute(insert(daily_usage), rows)


async def bill_months(town: Town, *volumes_m3: int) -> None:
    """Bills of the months until October, the last volume."""
    period = shifted("2026-10", 1 - len(volumes_m3))
    async with town.engine.begin() as connection:
        fitted_on = last_day(shifted(period, -1))
        await connection.execute(update(meter).values(installed_on=fitted_on))
    total = 0
    for volume in volumes_m3:
        total += volume
        await town.read_meter(last_day(period), total)
        async with town.engine.begin() as connection:
            await issue_bill(connection, ACCOUNT, period)
        period = shifted(period, 1)


async def add_households(town: Town, count: int, used_l: int = 8_000, persons: int = 3) -> None:
    async with town.engine.begin() as connection:
        for number in range(count):
            account_no = f"20{persons:02d}{number:06d}"
            await connection.execute(
                insert(account).values(
                    account_no=account_no, owner_name="赵一", phone="13900000000",
                    address="和平里", area="和平里", customer_class="RESIDENT", persons=persons,
                    opened_on=date(2020, 1, 1),
                )
            )  # fmt: skip
            await connection.execute(
                insert(bill).values(
                    account_no=account_no, period="2026-10", meter_no="M", reading_from_l=0,
                    reading_to_l=used_l + number * 100, read_from=first_day("2026-10"),
                    read_to=last_day("2026-10"), used_l=used_l + number * 100, prior_l=0,
                    persons=persons, tariff_id="TJ-2016", customer_class="RESIDENT", total_fen=0,
                    issued_on=date(2026, 11, 5), due_on=date(2026, 12, 5),
                )
            )  # fmt: skip


async def test_a_running_toilet_is_found_and_priced(town: Town) -> None:
    await town.bind()
    await send_days(town, 90, leak_l_per_hour=10, leak_days=12)
    seen = await town.client.leak_signs(WANG, ACCOUNT)
    assert (seen.verdict, seen.source, seen.newest_on) == (
        "likely", "hours", TODAY - timedelta(days=1),
    )  # fmt: skip
    assert {sign.sign for sign in seen.signs} == {"no_zero_hour", "night_flow", "step"}
    assert seen.lost_l_a_day == 240
    assert seen.lost_fen_a_month == 3528  # 7.2 m³ at 4.90
    advice = await town.client.saving_advice(WANG, ACCOUNT)
    assert [(it.finding, it.save_l) for it in advice.findings] == [("leak", 7200)]


async def test_a_silent_meter_leaves_the_bills_to_speak(town: Town) -> None:
    await town.bind()
    assert (await town.client.leak_signs(WANG, ACCOUNT)).verdict == "unknown"
    await bill_months(town, 9, 9, 9, 9)
    await send_days(town, 90, leak_l_per_hour=10, leak_days=90)
    await town.set_now(NOON + timedelta(days=5))
    seen = await town.client.leak_signs(WANG, ACCOUNT)
    assert (seen.source, seen.signs) == ("bills", ())


async def test_a_bill_that_doubled_is_a_possible_leak(town: Town) -> None:
    await town.bind()
    await bill_months(town, 9, 9, 9, 9, 26)
    seen = await town.client.leak_signs(WANG, ACCOUNT)
    assert (seen.verdict, [sign.sign for sign in seen.signs]) == ("possible", ["bill_jump"])


async def test_three_bills_foretell_nothing(town: Town) -> None:
    await town.bind()
    await bill_months(town, 9, 9, 9)
    assert await town.client.forecast(WANG, ACCOUNT) is None


async def test_the_forecast_of_bills_is_priced_where_the_year_stands(town: Town) -> None:
    await town.bind()
    await bill_months(town, 40, 40, 40, 40)
    coming = await town.client.forecast(WANG, ACCOUNT)
    assert coming is not None
    assert (coming.period, coming.source, coming.days_left) == ("2026-11", "bills", 30)
    assert coming.low_l < coming.used_l < coming.high_l
    assert coming.low_fen < coming.fen < coming.high_fen
    # 160 m³ of the year are used: the coming 39 m³ reach beyond the 180 of tier 1.
    assert (coming.tier, coming.tier_begins) == (2, True)
    over_l = coming.used_l - 20_000
    assert abs(coming.fen - (20 * 490 + over_l * 620 // 1000)) <= 1


async def test_a_smart_meter_counts_what_has_run(town: Town) -> None:
    await town.bind()
    await bill_months(town, 10, 10, 10, 10)
    await send_days(town, 120)
    coming = await town.client.forecast(WANG, ACCOUNT)
    assert coming is not None
    assert (coming.source, coming.so_far_l, coming.days_left) == ("days", 23 * 330, 7)
    assert coming.used_l == 30 * 330
    assert coming.high_l - coming.low_l < 2_000


@pytest.mark.parametrize(("others", "shown"), [(9, False), (10, True)])
async def test_fewer_than_ten_households_are_not_shown(
    town: Town, others: int, shown: bool
) -> None:
    await town.bind()
    await bill_months(town, 12)
    await add_households(town, others)
    await add_households(town, 12, persons=5)  # not like this one
    beside = await town.client.like_households(WANG, ACCOUNT)
    assert (beside is not None) is shown
    if beside is not None:
        assert (beside.households, beside.own_l, beside.median_l, beside.thrifty_l) == (
            10, 12_000, 8_450, 8_180,
        )  # fmt: skip
        assert beside.percent_using_less == 100
        advice = await town.client.saving_advice(WANG, ACCOUNT)
        assert [it.finding for it in advice.findings] == ["above_others"]
        assert advice.findings[0].save_l == 3_550


async def test_a_bill_says_why_it_is_higher(town: Town) -> None:
    await town.bind()
    await bill_months(town, 80, 95, 20)
    (newest,) = await town.client.bills(WANG, ACCOUNT)
    explained = await town.client.explain_bill(WANG, ACCOUNT, newest.bill_id)
    (before,) = explained.changes
    assert (before.against, before.period, before.used_l) == ("previous", "2026-09", 95_000)
    assert (before.use_fen, before.tier_fen, before.price_fen) == (-75 * 490, 15 * 130, 0)
    assert newest.total_fen - before.total_fen == -75 * 490 + 15 * 130


async def test_only_the_own_account_is_analysed(town: Town) -> None:
    await town.bind()
    for method in ("leak_signs", "forecast", "like_households", "saving_advice"):
        with pytest.raises(NotBound):
            await getattr(town.client, method)(WANG, NEIGHBOUR)
