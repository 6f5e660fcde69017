"""Nobody waits for nobody: agents who are gone or idle, customers who are, the queue's notices."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels import inbox, ownership
from channels.database import Pool
from channels.desk import queue_notices, silences, tickets, waiting_times
from channels.messages import Reply
from channels.ownership import Change
from channels.push import push
from tests.integration.channels.conversing import message, rows
from tests.integration.desk.conftest import LogIn
from tests.integration.desk.office import ALWAYS_OPEN, NEVER_OPEN

pytestmark = pytest.mark.integration
TOLD = "SELECT reply ->> 'text' FROM channels.outbox WHERE conversation_id = %s ORDER BY seq"


async def _held(pool: Pool, agent: str = "小李", user: str = "visitor-1") -> str:
    found = (await inbox.receive(pool, message(user=user))).conversation_id
    await ownership.change(pool, found, Change("agent", agent=agent))
    return found


async def _queued(pool: Pool, user: str, text: str = "转人工") -> str:
    found = (await inbox.receive(pool, message(text, user=user))).conversation_id
    await ownership.change(pool, found, Change("queue", "asked"))
    return found


async def _told(pool: Pool, conversation_id: str) -> list[str]:
    return [str(row[0]) for row in await rows(pool, TOLD, conversation_id)]


def _in(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


async def test_an_agent_who_is_gone_or_idle_loses_the_conversation_once(
    pool: Pool, log_in: LogIn
) -> None:
    gone = await _held(pool, "小王")  # never logged in
    await log_in("小李")
    idle = await _held(pool, "小李", "visitor-2")
    await silences.look(pool, ALWAYS_OPEN, _in(1))
    assert (await ownership.ownership_of(pool, gone)).owner == "agent", "time left"
    async with pool.connection() as connection:  # the browser goes on asking
        await connection.execute(
            "UPDATE channels.staff_session SET seen_at = now() + interval '11 minutes'"
        )
    await asyncio.gather(*(silences.look(pool, ALWAYS_OPEN, _in(3)) for _ in range(4)))
    assert (await ownership.ownership_of(pool, gone)).owner == "queue"
    assert (await ownership.ownership_of(pool, idle)).owner == "agent"
    await silences.look(pool, ALWAYS_OPEN, _in(11))
    assert (await ownership.ownership_of(pool, idle)).owner == "queue"
    found = "SELECT reason FROM channels.owner_change WHERE owner = 'queue' ORDER BY reason"
    assert await rows(pool, found) == [("agent_away",), ("agent_idle",)]
    assert len(await _told(pool, gone)) == 1


async def test_a_silent_customer_is_asked_once_then_let_go(pool: Pool) -> None:
    held = await _held(pool)
    number = (await ownership.ownership_of(pool, held)).owner_number
    said = Reply("请说", author="agent", name="小李")
    await push(pool, said, "k1", conversation_id=held, owner_number=number)
    for minutes in (14, 16, 17, 29):
        await silences.look(pool, ALWAYS_OPEN, _in(minutes))
    assert [("您还在吗" in text) for text in await _told(pool, held)] == [False, True]
    await silences.look(pool, replace(ALWAYS_OPEN, customer_gone_to="closed"), _in(31))
    assert (await ownership.ownership_of(pool, held)).owner == "closed"


async def test_the_place_is_told_once_and_again_when_it_has_changed(pool: Pool) -> None:
    first, second = await _queued(pool, "one"), await _queued(pool, "two")
    for _ in range(2):
        await queue_notices.tell_all(pool, ALWAYS_OPEN)
    assert await _told(pool, first) == ["下一位就是您。"]
    assert await _told(pool, second) == ["您前面还有 1 位。"]
    await ownership.change(pool, first, Change("agent", agent="小李"))
    await queue_notices.tell_all(pool, ALWAYS_OPEN)
    assert len(await _told(pool, second)) == 1, "not at once"
    async with pool.connection() as connection:
        await connection.execute("UPDATE channels.queue_place SET told_at = now() - interval '1 h'")
    await queue_notices.tell_all(pool, ALWAYS_OPEN)
    assert (await _told(pool, second))[1:] == ["下一位就是您。"]


async def test_a_waiting_time_is_told_only_from_what_was_measured(pool: Pool) -> None:
    for n in range(5):
        taken = await _queued(pool, f"before-{n}")
        await ownership.change(pool, taken, Change("agent", agent="小李"))
        if n < 4:
            assert await waiting_times.recent(pool, 5, 3) is None
    async with pool.connection() as connection:
        await connection.execute("""
            UPDATE channels.owner_change SET changed_at = changed_at - interval '250 seconds'
             WHERE owner = 'queue'
        """)
    waits = await _queued(pool, "waits")
    await queue_notices.tell_all(pool, ALWAYS_OPEN)
    assert await _told(pool, waits) == ["下一位就是您。最近一般等 5 分钟左右。"]


async def test_out_of_hours_a_ticket_and_the_bot_until_it_is_picked_up(
    pool: Pool, log_in: LogIn
) -> None:
    asked = await _queued(pool, "night")
    burst = await _queued(pool, "burst", "水管爆了，水淹到马路上，转人工")
    await asyncio.gather(*(queue_notices.tell_all(pool, NEVER_OPEN) for _ in range(3)))
    ticket = await tickets.waiting(pool, asked)
    assert ticket is not None
    assert (await ownership.ownership_of(pool, asked)).owner == "bot"
    (told,) = await _told(pool, asked)
    assert ticket.number in told and "小水继续为您服务" in told
    assert (await ownership.ownership_of(pool, burst)).owner == "queue"
    assert "紧急" in (await _told(pool, burst))[0]

    li = await log_in("小李")
    page = await (await li.get("/desk")).text()
    assert "下班时登记的" in page and ticket.number in page
    assert (await li.post(f"/desk/conversations/{asked}/claim")).status == 303
    assert f"（编号 {ticket.number}）由客服小李接手" in (await _told(pool, asked))[-1]
    assert await tickets.waiting(pool, asked) is None
    await ownership.change(pool, asked, Change("queue", "returned"))
    await queue_notices.tell_all(pool, NEVER_OPEN)
    assert (await ownership.ownership_of(pool, asked)).owner == "queue", "小李 is at the desk"
