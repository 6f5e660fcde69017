"""Interruptions: told in time, to the chats of the areas alone, unless they switched it off."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from billing_client.domain.outage import BURST, PLANNED, Interruption, NoticeTooShort, check
from billing_client.services import due_reminders, outage_notices
from billing_client.services.billing_run import issue_bill
from billing_client.store.tables import outage_change, reading
from billing_client.views import Caller
from tests.integration.billing.conftest import ACCOUNT, NEIGHBOUR, NOON, WANG, Town

LI = Caller("web", "li", "web:li")
HOUR = timedelta(hours=1)


def planned(ahead: float, lasts: float = 4, *, kind: str = PLANNED, why: str = "") -> Interruption:
    starts = NOON + HOUR * ahead
    return Interruption(kind, ("和平里",), "检修", starts, starts + HOUR * lasts, late_because=why)


def test_planned_work_is_told_of_in_time() -> None:
    check(planned(24), NOON)
    check(planned(1, kind=BURST), NOON)
    check(planned(1, why="上级通知"), NOON)
    for ahead, lasts, hours in ((23, 4, 24), (47, 13, 48)):
        with pytest.raises(NoticeTooShort) as refused:
            check(planned(ahead, lasts), NOON)
        assert refused.value.hours == hours
    with pytest.raises(ValueError, match="areas"):
        check(planned(24, -1), NOON)


async def test_published_extended_ended_each_told_once_a_chat(town: Town) -> None:
    await town.bind()
    await town.bind(LI, NEIGHBOUR)
    await town.client.set_reminders(LI, NEIGHBOUR, {"outage": False})
    new = planned(30)
    async with town.engine.begin() as connection:
        number = await outage_notices.publish(connection, new, "staff:周敏", NOON)
        until = new.ends_at + HOUR
        await outage_notices.extend(connection, number, until, "staff:周敏", NOON, "阀门锈死")
    (shown,) = await town.client.outages(WANG)
    assert (shown.outage_id, shown.ends_at) == (number, until)
    async with town.engine.begin() as connection:
        await outage_notices.end(connection, number, "staff:周敏", NOON)
        with pytest.raises(outage_notices.NoSuchOutage):
            await outage_notices.end(connection, number, "staff:周敏", NOON)
    assert await town.client.outages(WANG) == ()
    told = await town.client.take_notices()
    assert [(one.topic, one.channel_user) for one in told] == [
        ("outage_published", "wang"),
        ("outage_extended", "wang"),
        ("outage_ended", "wang"),
    ]
    async with town.engine.connect() as connection:
        changes = (
            await connection.execute(select(outage_change.c.what, outage_change.c.note))
        ).all()
    assert [tuple(row) for row in changes] == [
        ("published", ""), ("extended", "阀门锈死"), ("ended", ""),
    ]  # fmt: skip


async def test_reminders_are_for_one_chat_and_account(town: Town) -> None:
    await town.bind()
    assert (await town.client.reminders(WANG, ACCOUNT)).wanted["bill"]
    view = await town.client.set_reminders(WANG, ACCOUNT, {"bill": False})
    assert view.wanted == {"bill": False, "due": True, "outage": True, "usage": True}
    await town.client.set_reminders(WANG, ACCOUNT, {"bill": True})
    assert (await town.client.reminders(WANG, ACCOUNT)).wanted["bill"]
    with pytest.raises(ValueError, match="weather"):
        await town.client.set_reminders(WANG, ACCOUNT, {"weather": True})


async def test_due_bills_are_reminded_of_once_where_it_is_wanted(town: Town) -> None:
    await town.bind()
    await town.bind(LI, NEIGHBOUR)
    await town.client.set_reminders(LI, NEIGHBOUR, {"due": False})
    async with town.engine.begin() as connection:
        for account_no in (ACCOUNT, NEIGHBOUR):
            await connection.execute(
                insert(reading).values(
                    account_no=account_no, meter_no=f"M{account_no}", read_on=date(2026, 10, 31),
                    reading_l=20_000, source="remote",
                )
            )  # fmt: skip
            await issue_bill(connection, account_no, "2026-10")
        for day in (date(2026, 12, 1), date(2026, 12, 2), date(2026, 12, 5)):
            await due_reminders.remind(connection, day)
    (told,) = await town.client.take_notices()
    assert (told.topic, told.channel_user, told.payload["open_fen"]) == (
        "bill_due_soon", "wang", 9800,
    )  # fmt: skip
