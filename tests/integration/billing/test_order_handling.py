"""Requests on their way through the office: history, waiting, decisions, many hands at once."""

import asyncio
from datetime import timedelta

import pytest

from billing_client.domain.service_order import TransitionRefused
from billing_client.errors import NoSuchOrder, OrderEnded
from billing_client.services import order_handling as handling
from billing_client.store.engine import create_engine
from billing_client.views import Caller, ServiceOrderView
from tests.integration.billing.conftest import ACCOUNT, NOON, WANG, Town

ZHOU = "staff:周敏"


async def asked(town: Town, kind: str = "complaint") -> ServiceOrderView:
    return await town.client.open_service_order(
        WANG, kind=kind, place="和平里2栋", severity="minor", photos=("a.jpg", "a.jpg"),
        details={"account_no": ACCOUNT},
    )  # fmt: skip


async def test_waiting_stops_the_clock_and_evidence_starts_it_again(town: Town) -> None:
    await town.bind()
    order = await asked(town, "refund")
    assert order.account_no == ACCOUNT
    async with town.engine.begin() as connection:
        await handling.wait_for(connection, order.ticket_no, "银行卡照片", ZHOU, NOON)
        late = NOON + timedelta(days=40)
        assert await handling.overdue(connection, late) == ()
    seen = await town.client.service_order(WANG, order.ticket_no)
    assert (seen.state, seen.waiting_for) == ("DISPATCHED", "银行卡照片")
    await town.set_now(NOON + timedelta(days=2))
    again = await town.client.add_evidence(WANG, order.ticket_no, "银行卡", ("b.jpg",))
    assert order.promised_at and again.promised_at == order.promised_at + timedelta(days=2)
    async with town.engine.begin() as connection:
        (found,) = await handling.overdue(connection, late)
        assert found.ticket_no == order.ticket_no
        done = await handling.decide(
            connection, order.ticket_no, approved=False, note="没有多缴", actor=ZHOU, now=late
        )
    assert (done.state, done.outcome, done.outcome_note) == ("DONE", "rejected", "没有多缴")
    history = await town.client.order_history(WANG, order.ticket_no)
    assert [(one.number, one.to_state) for one in history] == [
        (1, "OPEN"), (2, "WAITING"), (3, "DISPATCHED"), (4, "DONE"),
    ]  # fmt: skip
    topics = [one.payload["state"] for one in await town.client.take_notices()]
    assert topics == ["WAITING", "DONE"]
    with pytest.raises(OrderEnded):
        await town.client.add_evidence(WANG, order.ticket_no, "x", ("c",))
    with pytest.raises(OrderEnded):
        await town.client.withdraw_order(WANG, order.ticket_no)


async def test_only_its_reporter_sees_and_withdraws_an_order(town: Town) -> None:
    order = await asked(town)
    stranger = Caller("web", "stranger")
    for call in (town.client.order_history, town.client.withdraw_order):
        with pytest.raises(NoSuchOrder):
            await call(stranger, order.ticket_no)
    assert (await town.client.withdraw_order(WANG, order.ticket_no)).state == "CANCELLED"
    assert await town.client.take_notices() == ()


async def test_two_deciders_at_once_decide_once(town: Town, database_url: str) -> None:
    order = await asked(town, "refund")

    async def decide(approved: bool) -> str:
        engine = create_engine(database_url)
        try:
            async with engine.begin() as connection:
                view = await handling.decide(
                    connection, order.ticket_no, approved=approved, note="", actor=ZHOU, now=NOON
                )
            return view.outcome or ""
        except TransitionRefused as refused:
            return refused.reason
        finally:
            await engine.dispose()

    work = [asyncio.to_thread(asyncio.run, decide(n % 2 == 0)) for n in range(6)]
    outcomes = await asyncio.gather(*work)
    assert outcomes.count("ended") == 5
    history = await town.client.order_history(WANG, order.ticket_no)
    assert [one.to_state for one in history] == ["OPEN", "DONE"]
