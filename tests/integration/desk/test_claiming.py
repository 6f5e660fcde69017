"""Many agents claim at once: each conversation is claimed once, and each customer told once."""

import asyncio
import random
from collections import Counter

import pytest

from channels import inbox, ownership
from channels.database import Pool
from channels.messages import Reply
from channels.ownership import Change, TransitionRefused
from tests.integration.channels.conversing import message, rows

pytestmark = pytest.mark.integration
AGENTS, CONVERSATIONS = 50, 200


async def test_fifty_agents_claim_two_hundred_conversations_once_each(pool: Pool) -> None:
    waiting = []
    for n in range(CONVERSATIONS):
        received = await inbox.receive(pool, message(user=f"visitor-{n}"))
        await ownership.take_over(pool, received.conversation_id, "queue", "asked")
        waiting.append(received.conversation_id)
    won: Counter[str] = Counter()
    lost_to: list[str | None] = []

    async def claim(conversation: str, agent: str) -> None:
        wanted = Change(
            "agent", agent=agent, changed_by=agent, notice=Reply("您好", author="system")
        )
        try:
            await ownership.change(pool, conversation, wanted)
        except TransitionRefused as refused:
            lost_to.append(refused.now.agent if refused.now else None)
        else:
            won[conversation] += 1

    async def work(agent: str) -> None:
        for conversation in random.sample(waiting, 20):
            await claim(conversation, agent)

    await asyncio.gather(*(work(f"坐席{n}") for n in range(AGENTS)))
    assert set(won.values()) == {1}
    assert all(lost_to), "every loser is told who has it"
    assert len(won) + len(lost_to) == AGENTS * 20
    told = "SELECT count(*), count(DISTINCT conversation_id) FROM channels.outbox"
    assert await rows(pool, told) == [(len(won), len(won))]
