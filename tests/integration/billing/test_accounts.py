"""Owners, terms, meters and closings on the real database; the books stay right."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from billing_client.domain.account import ChangeRefused, Refusal, SupplyState
from billing_client.errors import NoSuchBill, NotFresh, PhoneRefused
from billing_client.services import account_opening, meters, ownership, supply, terms
from billing_client.services import order_handling as handling
from billing_client.services.account_opening import NewAccount
from billing_client.services.billing_run import issue_bill
from billing_client.services.final_bills import FinalReadingRefused, Settled, settle
from billing_client.services.meters import MeterRefused, NewMeter
from billing_client.services.ownership import NewOwner
from billing_client.store.clock import SHANGHAI
from billing_client.store.engine import create_engine
from billing_client.store.tables import account, account_alias, bill, bill_stretch, setting
from billing_client.views import Caller
from tests.integration.billing.conftest import ACCOUNT, NOON, WANG, Town, minutes
from tests.integration.billing.test_billing_run import pay

ZHOU = "staff:周敏"
METER = f"M{ACCOUNT}"


async def run(town: Town, work: Any, *arguments: Any, **options: Any) -> Any:
    async with town.engine.begin() as connection:
        return await work(connection, *arguments, **options)


async def settled(town: Town, m3: int) -> Settled:
    return await run(town, settle, ACCOUNT, {METER: m3}, ZHOU, NOON)


async def row(town: Town, table: Any) -> dict[str, Any]:
    async with town.engine.connect() as connection:
        query = select(table).where(table.c.account_no == ACCOUNT)
        return dict((await connection.execute(query)).mappings().one())


async def test_a_meter_exchanged_in_mid_period_adds_up(town: Town) -> None:
    """Old 10 to 26, new 3 to 17: 30 m³ on one bill, and the next one starts at 17."""
    await town.read_meter(date(2026, 9, 30), 10)
    await run(town, issue_bill, ACCOUNT, "2026-09")
    at = datetime(2026, 10, 15, 9, tzinfo=SHANGHAI)
    new = NewMeter("NEW", "smart", 3)
    await run(town, meters.exchange, ACCOUNT, METER, 26, new, ZHOU, at)
    for day, litres in ((date(2026, 10, 31), 17_000), (date(2026, 11, 30), 20_000)):
        await run(town, _read, "NEW", day, litres)
    issued = await run(town, issue_bill, ACCOUNT, "2026-10")
    assert issued.total_fen == 30 * 490
    stretch = await row(town, bill_stretch)
    assert (stretch["meter_no"], stretch["reading_from_l"], stretch["reading_to_l"]) == (
        METER, 10_000, 26_000,
    )  # fmt: skip
    assert (await run(town, issue_bill, ACCOUNT, "2026-11")).total_fen == 3 * 490
    await town.assert_books_right()


async def _read(connection: Any, meter_no: str, day: date, litres: int) -> None:
    await connection.execute(
        text("INSERT INTO billing.reading VALUES (:a, :m, :d, :l, 'remote')"),
        {"a": ACCOUNT, "m": meter_no, "d": day, "l": litres},
    )


async def test_exchanges_that_cannot_be(town: Town) -> None:
    await town.read_meter(date(2026, 10, 31), 20)
    for old, final, new, reason in (
        (METER, 19, "NEW", "lower"),
        ("OTHER", 30, "NEW", "not_fitted"),
        (METER, 30, f"M{1000001357}", "taken"),
    ):
        with pytest.raises(MeterRefused) as refused:
            fitted = NewMeter(new, "smart")
            await run(town, meters.exchange, ACCOUNT, old, final, fitted, ZHOU, NOON)
        assert refused.value.reason == reason
    assert (await row(town, account))["supply_state"] == "on"


async def test_an_owner_leaves_settled_and_the_new_one_sees_nothing_of_it(town: Town) -> None:
    await town.bind()
    await town.read_meter(date(2026, 10, 31), 20)
    old_bill = (await run(town, issue_bill, ACCOUNT, "2026-10")).bill_id
    order = await town.client.open_service_order(
        WANG, kind="change_owner", place="和平里2栋", severity="minor"
    )
    decision = {"owner_name": "赵新", "phone": "13900000001"}

    async def approve(values: dict[str, Any] = decision) -> None:
        await run(
            town, handling.decide, order.ticket_no, approved=True, note="", actor=ZHOU,
            now=NOON, decision=values,
        )  # fmt: skip

    async def refused() -> ChangeRefused:
        with pytest.raises(ChangeRefused) as error:
            await approve()
        return error.value

    assert (await refused()).refusal is Refusal.NOT_SETTLED
    with pytest.raises(FinalReadingRefused):
        await settled(town, 19)
    final = await settled(town, 25)
    assert (final.open_fen, final.bill_id is not None) == (25 * 490, True)
    assert (await settled(town, 25)).bill_id is None  # again: nothing new
    owes = await refused()
    assert (owes.refusal, owes.fen) == (Refusal.OWES, 25 * 490)
    await pay(town, "P1", 25 * 490, NOON)
    await approve()
    now = await row(town, account)
    assert (now["owner_name"], now["phone"]) == ("赵新", "13900000001")
    assert (await town.client.identify(WANG)).accounts == ()
    await town.set_now(NOON + minutes(61))
    zhao = Caller("web", "zhao")
    await town.bind(zhao)
    assert await town.client.bills(zhao, ACCOUNT, "2020-01", "2030-01") == ()
    assert (await town.client.usage(zhao, ACCOUNT)).points == ()
    assert await town.client.payments(zhao, ACCOUNT) == ()
    with pytest.raises(NoSuchBill):
        await town.client.explain_bill(zhao, ACCOUNT, old_bill)
    await town.read_meter(date(2026, 12, 31), 31)
    assert (await run(town, issue_bill, ACCOUNT, "2026-12")).total_fen == 6 * 490
    (own,) = await town.client.bills(zhao, ACCOUNT)
    assert own.reading_from_l == 25_000
    await town.assert_books_right()


async def test_closing_pausing_and_their_refusals(town: Town) -> None:
    await town.read_meter(date(2026, 10, 31), 20)
    with pytest.raises(ChangeRefused):
        await run(town, supply.change, ACCOUNT, SupplyState.CLOSED, ZHOU, NOON)
    until = date(2027, 3, 1)
    await run(town, supply.change, ACCOUNT, SupplyState.PAUSED, ZHOU, NOON, until=until)
    assert await run(town, supply.end_pauses, until) == []
    assert await run(town, supply.end_pauses, until + timedelta(days=1)) == [ACCOUNT]
    final = await settled(town, 21)
    await pay(town, "P1", final.open_fen, NOON)
    await run(town, supply.change, ACCOUNT, SupplyState.CLOSED, ZHOU, NOON)
    closed = await row(town, account)
    assert (closed["supply_state"], closed["closed_on"]) == ("closed", NOON.date())
    with pytest.raises(ChangeRefused) as refused:
        await run(town, supply.change, ACCOUNT, SupplyState.ON, ZHOU, NOON)
    assert refused.value.refusal is Refusal.CLOSED
    await town.assert_books_right()


async def test_a_larger_household_moves_the_limits_from_its_day(town: Town) -> None:
    """The published example of 天津: registered in June, larger limits from 1 July."""
    rule = {"effective": "FIRST_OF_NEXT_MONTH", "valid_months": 48}
    async with town.engine.begin() as connection:
        await connection.execute(insert(setting).values(key="household_rule", value=rule))
    await town.bind()
    order = await town.client.open_service_order(
        WANG, kind="household_size", place="和平里", severity="minor"
    )
    june = datetime(2026, 6, 10, 9, tzinfo=SHANGHAI)
    await run(
        town, handling.decide, order.ticket_no, approved=True, note="", actor=ZHOU, now=june,
        decision={"persons": 5, "evidence": "户口簿"},
    )  # fmt: skip
    expected = {"2026-06-20": 3, "2026-07-01": 5, "2030-06-30": 5, "2030-07-01": 3}
    for day, persons in ((date.fromisoformat(day), n) for day, n in expected.items()):
        assert (await run(town, terms.on_day, ACCOUNT, day)).persons == persons
    assert (await row(town, account))["persons"] == 3
    assert await run(town, terms.apply, date(2026, 7, 1)) == 1
    assert await run(town, terms.apply, date(2026, 7, 1)) == 0
    assert (await row(town, account))["persons"] == 5
    await town.read_meter(date(2026, 9, 30), 190)
    await run(town, issue_bill, ACCOUNT, "2026-09")
    await town.read_meter(date(2026, 10, 31), 220)
    issued = await run(town, issue_bill, ACCOUNT, "2026-10")
    assert issued.total_fen == 15_220  # TJ-3b: 26 m³ in tier 1, 4 m³ in tier 2
    await run(town, terms.announce_ends, date(2030, 5, 15))
    await run(town, terms.announce_ends, date(2030, 5, 16))
    ends = [one for one in await town.client.take_notices() if one.topic == "term_ending"]
    assert [one.payload["ends_on"] for one in ends] == ["2030-06-30"]


async def test_numbers_of_before_find_the_account(town: Town) -> None:
    form = {"pattern": "[0-9]{10}", "old": [{"pattern": "[0-9]{8}", "prefix": "10"}]}
    async with town.engine.begin() as connection:
        await connection.execute(insert(setting).values(key="account_no_format", value=form))
        await connection.execute(insert(account_alias).values(old_no="甲-7", account_no=ACCOUNT))
    for number, said in enumerate(("00002468", "1000 002468", "甲-7")):
        await town.set_now(NOON + minutes(2 * number))
        assert (await town.client.request_code(WANG, said)).account_no == ACCOUNT


async def test_the_phone_changes_after_a_fresh_code_and_both_are_told(town: Town) -> None:
    await town.bind()
    with pytest.raises(PhoneRefused):
        await town.client.change_phone(WANG, ACCOUNT, "12345")
    view = await town.client.change_phone(WANG, ACCOUNT, "+86 139-0000-0002")
    assert view.phone == "139****0002"
    told = await town.client.take_notices()
    assert {one.channel_user for one in told} == {"13811111234", "13900000002"}
    await town.set_now(NOON + minutes(16))
    with pytest.raises(NotFresh):
        await town.client.change_phone(WANG, ACCOUNT, "13900000003")


async def test_numbers_of_new_accounts_are_never_given_twice(town: Town, database_url: str) -> None:
    async def open_one(number: int) -> str:
        engine = create_engine(database_url)
        new = NewAccount("钱", "13800000000", "路1", "区", "RESIDENT")
        try:
            async with engine.begin() as connection:
                return await account_opening.open_account(
                    connection, new, NewMeter(f"N{number}", "smart"), NOON.date(), ZHOU
                )
        finally:
            await engine.dispose()

    opening = [asyncio.to_thread(asyncio.run, open_one(number)) for number in range(6)]
    numbers = await asyncio.gather(*opening)
    assert sorted(numbers) == [str(int(ACCOUNT) + more) for more in range(1, 7)]


async def test_two_owners_at_once_one_wins(town: Town, database_url: str) -> None:
    await town.read_meter(date(2026, 10, 31), 20)
    await pay(town, "P1", (await settled(town, 21)).open_fen, NOON)

    async def take(name: str) -> str:
        engine = create_engine(database_url)
        try:
            async with engine.begin() as connection:
                owner = NewOwner(name, "13900000009")
                await ownership.change_owner(connection, ACCOUNT, owner, ZHOU, NOON)
            return name
        except Exception as error:
            return type(error).__name__
        finally:
            await engine.dispose()

    taking = [asyncio.to_thread(asyncio.run, take(name)) for name in ("甲", "乙", "丙")]
    outcomes = await asyncio.gather(*taking)
    winners = [name for name in outcomes if name in ("甲", "乙", "丙")]
    assert len(winners) == 1
    assert (await row(town, account))["owner_name"] == winners[0]


async def test_volumes_add_up_over_any_chain_of_exchanges(town: Town) -> None:
    """Whatever meters come and go, what is billed is what all of them measured."""
    await town.read_meter(date(2026, 9, 30), 7)
    at, old, reading, measured = datetime(2026, 10, 2, 9, tzinfo=SHANGHAI), METER, 7, 7
    for number, (used, initial) in enumerate(((4, 0), (0, 99_990), (15, 3), (6, 50))):
        new = NewMeter(f"N{number}", "mechanical", initial)
        await run(town, meters.exchange, ACCOUNT, old, (reading + used) % 100_000, new, ZHOU, at)
        old, reading, measured, at = new.meter_no, initial, measured + used, at + timedelta(days=3)
    await run(town, _read, old, date(2026, 10, 31), (reading + 9) * 1000)
    await run(town, issue_bill, ACCOUNT, "2026-10")
    assert (await row(town, bill))["used_l"] == (measured + 9) * 1000
    await town.assert_books_right()
