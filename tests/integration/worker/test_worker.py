"""Workers on a real PostgreSQL: every message answered once, in order, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import LiteralString

from billing_client.views import NoticeView
from bot.pushes import push_notices
from bot.turn import Turner
from bot.worker import Worker
from channels import inbox, listening, ownership, turns
from channels.database import Pool
from channels.messages import InboundMessage
from tests.integration.worker.conftest import Billing

ANSWERED = "SELECT count(*) FROM channels.inbox WHERE state = 'new'"
OUTBOX = "SELECT reply ->> 'text' FROM channels.outbox WHERE conversation_id = %s ORDER BY seq"
OWNER = "SELECT owner, handover_reason FROM channels.conversation WHERE conversation_id = %s"
COUNT = "SELECT n FROM channels.event_count WHERE name = %s"


async def say(pool: Pool, user: str, key: str, text: str) -> str:
    received = await inbox.receive(pool, InboundMessage("web", user, key, text))
    return received.conversation_id


async def rows(pool: Pool, query: LiteralString, *parameters: object) -> list[tuple[object, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(query, parameters)).fetchall()


@asynccontextmanager
async def working(
    pool: Pool, database_url: str, turner: Turner, workers: int = 1
) -> AsyncIterator[None]:
    listener = listening.Listener(database_url)
    await listener.start()
    stop = asyncio.Event()
    running = [
        asyncio.create_task(Worker(pool, listener, turner, f"w{n}").work_until(stop))
        for n in range(workers)
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*running)
        await listener.stop()


async def until(check: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not await check():
            await asyncio.sleep(0.02)


async def test_each_message_is_answered_once_and_in_order(
    pool: Pool, database_url: str, turner: Turner
) -> None:
    async def nothing_waits() -> bool:
        return await rows(pool, ANSWERED) == [(0,)]

    conversations = set()
    async with working(pool, database_url, turner, workers=2):
        for round_number in range(4):
            for user in range(5):
                key = f"{user}-{round_number}"
                conversations.add(await say(pool, f"user-{user}", key, "查账单"))
        await until(nothing_waits)
    assert len(conversations) == 5
    for conversation_id in conversations:
        texts = [row[0] for row in await rows(pool, OUTBOX, conversation_id)]
        assert texts == [f"2026-10 的水费是 {number} 元。" for number in (1, 2, 3, 4)]


async def test_a_fault_brings_apology_person_and_count(
    pool: Pool, database_url: str, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "出错")

    async def is_queued() -> bool:
        return await rows(pool, OWNER, conversation_id) == [("queue", "fault")]

    async with working(pool, database_url, turner):
        await until(is_queued)
    assert [row[0] for row in await rows(pool, OUTBOX, conversation_id)] == [
        "抱歉,系统出了点问题,已请工作人员接着为您办理。"
    ]
    assert await rows(pool, COUNT, "action_failed") == [(1,)]


async def test_a_handover_queues_in_the_same_moment(
    pool: Pool, database_url: str, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "人工")
    await say(pool, "user", "2", "你好")

    async def is_queued() -> bool:
        return await rows(pool, OWNER, conversation_id) == [("queue", "asked")]

    async with working(pool, database_url, turner):
        await until(is_queued)
        await asyncio.sleep(0.2)
    texts = [row[0] for row in await rows(pool, OUTBOX, conversation_id)]
    assert texts == ["正在为您转接人工。"], "what came after is for staff"


async def test_a_stop_finishes_the_turn_in_progress(
    pool: Pool, database_url: str, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "卡住")
    async with working(pool, database_url, turner):
        await asyncio.sleep(0.2)  # claimed, and hanging until the turn's deadline
    assert len(await rows(pool, OUTBOX, conversation_id)) == 1


async def test_a_takeover_during_a_slow_action_lets_nothing_of_the_bot_through(
    pool: Pool, database_url: str, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "卡住")
    async with working(pool, database_url, turner):
        await asyncio.sleep(0.2)  # claimed, and hanging until the turn's deadline
        await ownership.take_over(pool, conversation_id, "agent", "an agent steps in")
    state = "SELECT state FROM channels.outbox WHERE conversation_id = %s"
    assert await rows(pool, state, conversation_id) == [("held_back",)]
    assert await rows(pool, OWNER, conversation_id) == [("agent", "an agent steps in")]


async def test_a_message_that_killed_its_workers_gets_an_apology(
    pool: Pool, database_url: str, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "查账单")
    for _ in range(turns.MAX_ATTEMPTS):
        assert await turns.claim(pool, "dead", lease_seconds=0) is not None

    async def is_queued() -> bool:
        return await rows(pool, OWNER, conversation_id) == [("queue", "fault")]

    async with working(pool, database_url, turner):
        await until(is_queued)
    assert await rows(pool, COUNT, "turn_exhausted") == [(1,)]


async def test_a_notice_is_pushed_once_with_its_figures(
    pool: Pool, billing: Billing, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "你好")
    paid = NoticeView(
        7, "payment_paid", "1000002468", conversation_id, None, None, {"amount_fen": 8640}
    )
    billing.notices = [paid]
    await push_notices(pool, billing, turner.responses)  # pyright: ignore[reportArgumentType]
    billing.settled.clear()  # as if the worker had died before it settled
    await push_notices(pool, billing, turner.responses)  # pyright: ignore[reportArgumentType]
    texts = [row[0] for row in await rows(pool, OUTBOX, conversation_id)]
    assert texts == ["已收到您缴纳的 86.40 元,户号 1000002468。"]
    assert billing.settled == [7]


async def test_a_notice_without_words_is_counted_and_does_not_block(
    pool: Pool, billing: Billing, turner: Turner
) -> None:
    conversation_id = await say(pool, "user", "1", "你好")
    billing.notices = [
        NoticeView(1, "unheard_of", None, conversation_id, None, None),
        NoticeView(2, "payment_paid", "1", conversation_id, None, None, {"amount_fen": 1}),
    ]
    await push_notices(pool, billing, turner.responses)  # pyright: ignore[reportArgumentType]
    assert billing.settled == [1, 2]
    assert await rows(pool, COUNT, "notice_untold:unheard_of") == [(1,)]
    assert len(await rows(pool, OUTBOX, conversation_id)) == 1
