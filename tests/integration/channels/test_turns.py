"""Inbox, turns and the takeover fence on a real PostgreSQL, with real concurrency."""

import asyncio
import random

import pytest

from channels import inbox, ownership, push, turns
from channels.database import Pool
from channels.messages import Option, Reply
from tests.integration.channels.conversing import message, replies, rows

pytestmark = pytest.mark.integration


async def test_a_repeated_message_is_stored_once(pool: Pool) -> None:
    said = message("查水费")
    received = await asyncio.gather(*(inbox.receive(pool, said) for _ in range(8)))
    assert [r.duplicate for r in received].count(False) == 1
    assert {(r.conversation_id, r.seq) for r in received} == {(received[0].conversation_id, 1)}
    assert await rows(pool, "SELECT count(*) FROM channels.inbox") == [(1,)]


async def test_the_same_key_of_another_customer_is_another_message(pool: Pool) -> None:
    await inbox.receive(pool, message(user="a", channel_key="1"))
    assert not (await inbox.receive(pool, message(user="b", channel_key="1"))).duplicate


async def test_twenty_messages_at_once_are_answered_in_order_by_several_workers(pool: Pool) -> None:
    received = await asyncio.gather(*(inbox.receive(pool, message(f"第{n}句")) for n in range(20)))
    assert sorted(r.seq for r in received) == list(range(1, 21))
    busy, answered = 0, []

    async def work(worker_id: str) -> None:
        nonlocal busy
        while len(answered) < 20:
            turn = await turns.claim(pool, worker_id)
            if turn is None:
                await asyncio.sleep(0.002)
                continue
            busy += 1
            assert busy == 1, "two turns of one conversation at a time"
            await asyncio.sleep(random.uniform(0, 0.005))
            state = (turn.tracker_state or b"") + b"."
            answered.append(turn.seq)
            busy -= 1
            assert (await turns.finish(pool, turn, replies(turn.said), state)).sent

    await asyncio.gather(*(work(f"worker-{n}") for n in range(6)))
    assert answered == list(range(1, 21))
    assert await rows(pool, "SELECT length(state), version FROM channels.tracker") == [(20, 20)]
    sent = await rows(pool, "SELECT answers_seq FROM channels.outbox ORDER BY seq")
    assert [row[0] for row in sent] == answered


async def test_conversations_are_answered_side_by_side(pool: Pool) -> None:
    for user in ("a", "b"):
        await inbox.receive(pool, message(user=user))
    first, second = await turns.claim(pool, "w1"), await turns.claim(pool, "w2")
    assert first and second and first.channel_user != second.channel_user
    assert await turns.claim(pool, "w3") is None


async def test_a_reply_after_a_takeover_is_held_back(pool: Pool) -> None:
    await inbox.receive(pool, message("我要投诉"))
    turn = await turns.claim(pool, "w")
    assert turn is not None
    await ownership.take_over(pool, turn.conversation_id, "agent", "desk")
    assert not (await turns.finish(pool, turn, replies("您好"), b"state")).sent
    assert await rows(pool, "SELECT state FROM channels.outbox") == [("held_back",)]
    assert await rows(pool, "SELECT state FROM channels.inbox") == [("for_staff",)]
    assert await rows(pool, "SELECT * FROM channels.tracker") == []


async def claim_any(pool: Pool, worker_id: str) -> turns.Turn:
    """Claim until there is one: another worker may take this one's and leave it its own."""
    while (turn := await turns.claim(pool, worker_id)) is None:
        await asyncio.sleep(0.001)
    return turn


async def test_a_thousand_takeovers_during_a_turn_let_no_late_reply_through(pool: Pool) -> None:
    tries, side_by_side = 1000, asyncio.Semaphore(10)
    outcomes: list[bool] = []

    async def one(n: int) -> None:
        async with side_by_side:
            await inbox.receive(pool, message(user=f"visitor-{n}"))
            turn = await claim_any(pool, f"worker-{n}")
            finishing = turns.finish(pool, turn, replies("一", "二"), b"state")
            taking = ownership.take_over(pool, turn.conversation_id, "agent", "drill")
            first, second = random.sample([finishing, taking], 2)
            results = await asyncio.gather(first, second)
            outcomes.extend(r.sent for r in results if isinstance(r, turns.Finished))

    await asyncio.gather(*(one(n) for n in range(tries)))
    assert await rows(pool, "SELECT count(*) FROM channels.outbox") == [(2 * tries,)]
    waiting = "SELECT count(*) FROM channels.outbox WHERE state = 'waiting'"
    assert await rows(pool, waiting) == [(2 * outcomes.count(True),)]
    answered = "SELECT count(*) FROM channels.inbox WHERE state = 'answered'"
    assert await rows(pool, answered) == [(outcomes.count(True),)]
    kept = "SELECT count(*) FROM channels.tracker"
    assert await rows(pool, kept) == [(outcomes.count(True),)]
    assert 0 < outcomes.count(True) < tries, "the drill never met both outcomes"


async def test_a_turn_that_began_before_the_takeover_never_sends(pool: Pool) -> None:
    """The takeover is over and done before the turn ends: a thousand times, nothing is sent."""
    side_by_side = asyncio.Semaphore(10)

    async def one(n: int) -> bool:
        async with side_by_side:
            await inbox.receive(pool, message(user=f"visitor-{n}"))
            turn = await claim_any(pool, f"worker-{n}")
            slow_action = asyncio.create_task(asyncio.sleep(random.uniform(0, 0.003)))
            await ownership.take_over(pool, turn.conversation_id, "agent", "drill")
            await slow_action
            return (await turns.finish(pool, turn, replies("迟到"), b"state")).sent

    assert not any(await asyncio.gather(*(one(n) for n in range(1000))))
    states = "SELECT DISTINCT state FROM channels.outbox"
    assert await rows(pool, states) == [("held_back",)]


async def test_while_a_person_owns_it_the_bot_gets_nothing(pool: Pool) -> None:
    received = await inbox.receive(pool, message())
    await ownership.take_over(pool, received.conversation_id, "queue", "customer asked")
    await inbox.receive(pool, message("有人吗"))
    assert await turns.claim(pool, "w") is None
    await ownership.release_to_bot(pool, received.conversation_id)
    await inbox.receive(pool, message("谢谢"))
    turn = await turns.claim(pool, "w")
    assert turn is not None and turn.said == "谢谢"


async def test_a_handover_by_the_bot_passes_on_what_waits(pool: Pool) -> None:
    await inbox.receive(pool, message("转人工"))
    await inbox.receive(pool, message("快点"))
    turn = await turns.claim(pool, "w")
    assert turn is not None
    finished = await turns.finish(pool, turn, replies("正在转接"), b"s", "queue", "asked")
    assert finished.sent
    states = await rows(pool, "SELECT state FROM channels.inbox ORDER BY seq")
    assert states == [("answered",), ("for_staff",)]
    owner = "SELECT owner, owner_number, handover_reason FROM channels.conversation"
    assert await rows(pool, owner) == [("queue", 2, "asked")]


async def test_a_lapsed_claim_is_claimed_again_and_the_late_worker_changes_nothing(
    pool: Pool,
) -> None:
    await inbox.receive(pool, message())
    slow = await turns.claim(pool, "slow", lease_seconds=0)
    quick = await turns.claim(pool, "quick")
    assert slow and quick and quick.attempts == 2
    assert not (await turns.finish(pool, slow, replies("慢"), b"slow")).sent
    assert (await turns.finish(pool, quick, replies("快"), b"quick")).sent
    assert await rows(pool, "SELECT state FROM channels.tracker") == [(b"quick",)]
    waiting = "SELECT reply ->> 'text' FROM channels.outbox WHERE state = 'waiting'"
    assert await rows(pool, waiting) == [("快",)]


async def test_finishing_once_more_changes_nothing(pool: Pool) -> None:
    await inbox.receive(pool, message())
    turn = await turns.claim(pool, "w")
    assert turn is not None
    for _ in range(3):
        assert (await turns.finish(pool, turn, replies("一"), b"state")).sent
    assert await rows(pool, "SELECT state FROM channels.outbox") == [("waiting",)]


async def test_a_message_that_kills_workers_gets_an_apology_and_a_person(pool: Pool) -> None:
    await inbox.receive(pool, message())
    for _ in range(turns.MAX_ATTEMPTS):
        turn = await turns.claim(pool, "dies", lease_seconds=0)
        assert turn is not None and not turn.exhausted
    turn = await turns.claim(pool, "w")
    assert turn is not None and turn.exhausted
    assert (await turns.apologise(pool, turn, Reply("抱歉", author="system"))).sent
    assert await rows(pool, "SELECT state FROM channels.inbox") == [("apologised",)]
    assert await rows(pool, "SELECT owner FROM channels.conversation") == [("queue",)]


async def test_a_released_message_is_claimed_again_at_once(pool: Pool) -> None:
    await inbox.receive(pool, message())
    turn = await turns.claim(pool, "stops")
    assert turn is not None
    await turns.release(pool, turn)
    assert await turns.claim(pool, "other") is not None


async def test_what_a_dead_worker_held_is_let_go_and_nothing_else(pool: Pool) -> None:
    for user, worker in (("a", "dead"), ("b", "alive")):
        await inbox.receive(pool, message(user=user))
        assert await turns.claim(pool, worker) is not None
    assert sorted(await turns.holders(pool)) == ["alive", "dead"]
    await turns.let_go(pool, ["dead"])
    assert await turns.holders(pool) == ["alive"]
    again = await turns.claim(pool, "other")
    assert again is not None and (again.channel_user, again.attempts) == ("a", 2)
    assert await turns.claim(pool, "other") is None


@pytest.mark.parametrize(
    ("channel", "said", "understood"),
    [("sms", "2", "稍后再说"), ("sms", "１", "立即缴费"), ("sms", "3", "3"), ("web", "2", "2")],
)
async def test_a_digit_says_the_option_where_options_are_numbered(
    pool: Pool, channel: str, said: str, understood: str
) -> None:
    await inbox.receive(pool, message("水费", channel=channel))
    turn = await turns.claim(pool, "w")
    assert turn is not None
    offer = Reply("欠费 38.50 元", options=(Option("立即缴费"), Option("稍后再说")))
    await turns.finish(pool, turn, [offer], None)
    await rows(pool, "UPDATE channels.outbox SET state = 'sent' RETURNING 1")
    await inbox.receive(pool, message(said, channel=channel))
    turn = await turns.claim(pool, "w")
    assert turn is not None and (turn.text, turn.said) == (said, understood)


async def test_a_push_is_stored_once_also_while_a_person_owns_it(pool: Pool) -> None:
    received = await inbox.receive(pool, message())
    await ownership.take_over(pool, received.conversation_id, "agent", None)
    conversation_id = received.conversation_id
    pushed = await asyncio.gather(
        *(
            push.push(pool, Reply("已缴"), "paid:1", conversation_id=conversation_id)
            for _ in range(5)
        )
    )
    assert pushed.count(True) == 1
    stored = await rows(pool, "SELECT author, state, seq FROM channels.outbox")
    assert stored == [("system", "waiting", 2)]


async def test_a_push_reaches_the_conversation_that_is_open_now(pool: Pool) -> None:
    old = await inbox.receive(pool, message())
    await ownership.close(pool, old.conversation_id)
    assert await push.push(pool, Reply("已缴"), "paid:2", conversation_id=old.conversation_id)
    new = await inbox.receive(pool, message())
    assert (new.conversation_id != old.conversation_id, new.seq) == (True, 3)


async def test_an_agent_who_lost_the_conversation_says_nothing(pool: Pool) -> None:
    received = await inbox.receive(pool, message())
    mine = await ownership.take_over(pool, received.conversation_id, "agent", None)
    await ownership.release_to_bot(pool, received.conversation_id)
    words = Reply("您好", author="agent")
    assert not await push.push(
        pool, words, "d:1", conversation_id=received.conversation_id, owner_number=mine.owner_number
    )


async def test_of_two_who_take_over_one_succeeds(pool: Pool) -> None:
    received = await inbox.receive(pool, message())
    queued = await ownership.take_over(pool, received.conversation_id, "queue", "asked")
    tries = [
        ownership.take_over(pool, received.conversation_id, "agent", None, queued.owner_number)
        for _ in range(6)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, ownership.Ownership) for r in results) == 1


async def test_a_closed_conversation_stays_closed(pool: Pool) -> None:
    received = await inbox.receive(pool, message())
    await ownership.close(pool, received.conversation_id)
    with pytest.raises(ownership.TransitionRefused):
        await ownership.release_to_bot(pool, received.conversation_id)
