"""The dunning run on a real database: each step once, whatever runs at once or dies."""

import asyncio
import random
import signal
import sys
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from billing_client.services import dunning_run, instalments, order_handling
from billing_client.services.billing_run import issue_bill
from billing_client.services.order_effects import DecisionIncomplete
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import (
    account,
    bill,
    dunning_case,
    dunning_step,
    notice,
    service_order,
)
from tests.integration.billing.conftest import ACCOUNT, NOON, WANG, Town
from tests.integration.billing.test_billing_run import pay

RUN = """
import asyncio, sys
from billing_client.services import dunning_run
from billing_client.store.engine import create_engine
asyncio.run(dunning_run.run(create_engine(sys.argv[1])))
"""
HOUSEHOLDS = 60


async def in_arrears(town: Town) -> int:
    """One bill of 147 yuan, due Thursday 5 November."""
    await town.bind()
    await town.read_meter(date(2026, 9, 30), 30)
    async with town.engine.begin() as connection:
        return (await issue_bill(connection, ACCOUNT, "2026-09")).bill_id


async def run(town: Town, day: date, hour: int = 10) -> Counter[str]:
    await town.set_now(datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI))
    return await dunning_run.run(town.engine)


async def deliver(town: Town, at: datetime) -> None:
    async with town.engine.begin() as connection:
        await connection.execute(
            update(notice).where(notice.c.pushed_at.is_(None)).values(pushed_at=at)
        )


async def walk_to_the_notice(town: Town) -> None:
    """All reminders, delivered, and the approval: the cut was announced on 30 December."""
    for day, step in (
        (date(2026, 11, 6), "remind_1"),
        (date(2026, 11, 15), "remind_2"),
        (date(2026, 11, 25), "demand"),
    ):
        assert await run(town, day) == {step: 1}
        await deliver(town, datetime(day.year, day.month, day.day, 11, tzinfo=SHANGHAI))
    assert await run(town, date(2026, 12, 24)) == {"nothing": 1}
    assert await run(town, date(2026, 12, 25)) == {"held_not_approved": 1}
    async with town.engine.begin() as connection:
        assert await dunning_run.approve(connection, ACCOUNT, "staff:陈立", "清水函1号", NOON)
    assert await run(town, date(2026, 12, 28)) == {"cut_notice": 1}
    await deliver(town, datetime(2026, 12, 28, 11, tzinfo=SHANGHAI))


async def orders(town: Town) -> list[tuple[str, str]]:
    query = select(service_order.c.kind, service_order.c.state).order_by(service_order.c.ticket_no)
    async with town.engine.connect() as connection:
        return [(row.kind, row.state) for row in await connection.execute(query)]


async def decide(town: Town, kind: str, now: datetime) -> None:
    query = select(service_order.c.ticket_no).where(service_order.c.kind == kind)
    async with town.engine.begin() as connection:
        ticket_no = (await connection.execute(query)).scalars().one()
        await order_handling.decide(
            connection, ticket_no, approved=True, note="", actor="staff:周敏", now=now
        )


async def supply(town: Town) -> str:
    query = select(account.c.supply_state).where(account.c.account_no == ACCOUNT)
    async with town.engine.connect() as connection:
        return str(await connection.scalar(query))


async def test_from_the_first_reminder_to_the_cut_and_back(town: Town) -> None:
    bill_id = await in_arrears(town)
    await walk_to_the_notice(town)
    assert await run(town, date(2026, 12, 30)) == {"cut_order": 1}
    assert await orders(town) == [("supply_cut", "OPEN")]
    await decide(town, "supply_cut", datetime(2026, 12, 30, 14, tzinfo=SHANGHAI))
    assert await supply(town) == "cut"
    paid_at = datetime(2027, 1, 4, 9, tzinfo=SHANGHAI)
    await town.set_now(paid_at)
    owed = (await town.client.arrears(WANG, ACCOUNT)).open_fen
    await pay(town, "P1", owed, paid_at, bill_id)
    assert await run(town, date(2027, 1, 4)) == {"closed": 1}
    assert await run(town, date(2027, 1, 4), 11) == {"nothing": 1}
    assert await orders(town) == [("supply_cut", "DONE"), ("reconnection", "OPEN")]
    await decide(town, "reconnection", datetime(2027, 1, 4, 15, tzinfo=SHANGHAI))
    assert await supply(town) == "on"
    await town.assert_books_right()


async def cut_off(town: Town) -> int:
    bill_id = await in_arrears(town)
    await walk_to_the_notice(town)
    await run(town, date(2026, 12, 30))
    await decide(town, "supply_cut", datetime(2026, 12, 30, 14, tzinfo=SHANGHAI))
    assert await supply(town) == "cut"
    return bill_id


async def test_a_bill_not_due_yet_keeps_nobody_without_water(town: Town) -> None:
    bill_id = await cut_off(town)
    await town.read_meter(date(2026, 12, 31), 40)
    async with town.engine.begin() as connection:
        await issue_bill(connection, ACCOUNT, "2026-12")  # due in February
    paid_at = datetime(2027, 1, 6, 9, tzinfo=SHANGHAI)
    await town.set_now(paid_at)
    owed = await town.client.arrears(WANG, ACCOUNT)
    await pay(town, "P1", owed.overdue_fen, paid_at, bill_id)
    assert (await town.client.arrears(WANG, ACCOUNT)).open_fen > 0
    assert await run(town, date(2027, 1, 6)) == {"closed": 1}
    await decide(town, "reconnection", datetime(2027, 1, 6, 15, tzinfo=SHANGHAI))
    assert await supply(town) == "on"


async def test_who_agrees_a_plan_gets_the_water_back(town: Town) -> None:
    await cut_off(town)
    agreed_at = datetime(2027, 1, 4, 9, tzinfo=SHANGHAI)
    await town.set_now(agreed_at)
    async with town.engine.begin() as connection:
        await instalments.agree(connection, ACCOUNT, 2, "k", agreed_at)
    assert await run(town, date(2027, 1, 4)) == {"reconnect": 1}
    assert await run(town, date(2027, 1, 4), 11) == {"reconnect": 1}
    assert await orders(town) == [("supply_cut", "DONE"), ("reconnection", "OPEN")]
    await decide(town, "reconnection", datetime(2027, 1, 4, 15, tzinfo=SHANGHAI))
    assert await supply(town) == "on"


async def test_who_paid_before_the_crew_came_keeps_the_water(town: Town) -> None:
    bill_id = await in_arrears(town)
    await walk_to_the_notice(town)
    await run(town, date(2026, 12, 30))
    at = datetime(2026, 12, 30, 12, tzinfo=SHANGHAI)
    await town.set_now(at)
    await pay(town, "P1", (await town.client.arrears(WANG, ACCOUNT)).open_fen, at, bill_id)
    with pytest.raises(DecisionIncomplete, match="没有欠费"):
        await decide(town, "supply_cut", at)
    await run(town, date(2026, 12, 30), 15)
    assert await orders(town) == [("supply_cut", "CANCELLED")]
    assert await supply(town) == "on"


async def test_a_plan_and_a_dispute_hold_the_next_step(town: Town) -> None:
    await in_arrears(town)
    assert await run(town, date(2026, 11, 6)) == {"remind_1": 1}
    order = await town.client.open_service_order(
        WANG, kind="reread", place="和平里", severity="minor", details={"account_no": ACCOUNT}
    )
    assert await run(town, date(2026, 11, 16)) == {"held_disputed": 1}
    async with town.engine.begin() as connection:
        await order_handling.cancel(connection, order.ticket_no, "", "staff:周敏", NOON)
    await town.set_now(NOON)
    await town.client.agree_instalment(WANG, ACCOUNT, count=2, idempotency_key="k")
    assert await run(town, date(2026, 11, 24)) == {"held_instalment": 1}


async def test_the_text_comes_from_the_data_with_the_figures(town: Town) -> None:
    await in_arrears(town)
    await run(town, date(2026, 11, 6))
    (told,) = await town.client.take_notices()
    assert (told.topic, told.channel, told.channel_user) == ("dunning_notice", "web", "wang")
    assert "147.07 元" in told.payload["text"]
    assert "2026年9月" in told.payload["text"]


async def test_nobody_is_reminded_at_night(town: Town) -> None:
    await in_arrears(town)
    assert await run(town, date(2026, 11, 6), hour=21) == {"quiet": 1}
    assert await run(town, date(2026, 11, 6), hour=7) == {"quiet": 1}
    await run(town, date(2026, 11, 6), hour=19)
    await town.set_now(datetime(2026, 11, 6, 22, tzinfo=SHANGHAI))
    assert await town.client.take_notices() == ()


async def add_debtors(town: Town) -> None:
    async with town.engine.begin() as connection:
        for number in range(HOUSEHOLDS):
            account_no = f"30{number:08d}"
            await connection.execute(
                insert(account).values(
                    account_no=account_no, owner_name="赵一", phone=f"139{number:08d}",
                    address=f"和平里{number}号", area="和平里", customer_class="RESIDENT",
                    opened_on=date(2020, 1, 1),
                )
            )  # fmt: skip
            await connection.execute(
                insert(bill).values(
                    account_no=account_no, period="2026-09", meter_no="M", reading_from_l=0,
                    reading_to_l=9_000, read_from=date(2026, 8, 31), read_to=date(2026, 9, 30),
                    used_l=9_000, prior_l=0, persons=3, tariff_id="TJ-2016",
                    customer_class="RESIDENT", total_fen=4_410, issued_on=date(2026, 10, 5),
                    due_on=date(2026, 11, 5),
                )
            )  # fmt: skip
            case = insert(dunning_case).values(account_no=account_no, opened_on=date(2026, 11, 6))
            case_id = await connection.scalar(case.returning(dunning_case.c.case_id))
            await connection.execute(
                insert(dunning_step).values(
                    account_no=account_no, case_id=case_id, stage="remind_1",
                    taken_at=NOON - timedelta(days=18), overdue_fen=4_410,
                )
            )  # fmt: skip


async def process(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, url)


async def figures(town: Town) -> tuple[int, int, int]:
    """Steps of the second reminder, its notices, and phones that were told."""
    steps = select(func.count()).where(dunning_step.c.stage == "remind_2")
    notices = select(func.count(), func.count(notice.c.channel_user.distinct())).where(
        notice.c.topic == dunning_run.TOPIC
    )
    async with town.engine.connect() as connection:
        told, phones = (await connection.execute(notices)).one()
        return int(await connection.scalar(steps) or 0), int(told), int(phones)


async def test_killed_in_the_middle_and_run_by_three_nobody_is_told_twice(
    town: Town, database_url: str
) -> None:
    await add_debtors(town)
    steps = 0
    for _ in range(2):
        before, _, _ = await figures(town)
        dying = await process(database_url)
        wanted = before + random.randint(1, 15)
        while dying.returncode is None and (await figures(town))[0] < wanted:
            await asyncio.sleep(0.01)
        if dying.returncode is None:
            dying.send_signal(signal.SIGKILL)
        await dying.wait()
        steps, told, phones = await figures(town)
        assert steps == told == phones  # a step never stands without its notice
    assert 0 < steps < HOUSEHOLDS
    together = [await process(database_url) for _ in range(3)]
    assert [await one.wait() for one in together] == [0, 0, 0]
    assert await figures(town) == (HOUSEHOLDS, HOUSEHOLDS, HOUSEHOLDS)
