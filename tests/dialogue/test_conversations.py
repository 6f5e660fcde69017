"""Whole conversations with the real system: each file of ``conversations/`` is one test.

Each person is new and of its own, so that no conversation disturbs another.
"""

import pytest

from billing_client.pay.settings import PaymentSettings
from billing_client.services import demo_payer
from billing_client.store.engine import create_engine
from channels.database import Pool
from channels.messages import Reply
from tests.dialogue import conversation
from tests.dialogue.conversation import Turn
from tests.dialogue.person import Person, fresh_person, stranger
from tests.dialogue.talk import Talk, shown
from tests.running_system import RunningSystem

APOLOGY = "系统出了点问题"
OR = "|"  # 「没有欠费|已缴清」: either will do


@pytest.mark.parametrize("name", conversation.names())
async def test_conversation(name: str, system: RunningSystem, pool: Pool) -> None:
    told = conversation.read(name)
    person = (
        fresh_person(system.database_url, told.person, code_proved=told.fresh)
        if told.person
        else stranger(system.database_url)
    )
    talk = Talk(pool, told.channel, person.channel_user)
    for turn in told.turns:
        problems = await _problems(turn, person, talk, system)
        if problems:
            pytest.fail("\n".join([name, *talk.transcript, "", *problems]), pytrace=False)


async def _problems(turn: Turn, person: Person, talk: Talk, system: RunningSystem) -> list[str]:
    wanted = [person.fill(text) for text in turn.pushed]  # before the payment changes the books
    if turn.pay or turn.sign:
        await _act_as_payer(turn, person, system)
    replies: list[Reply] = []
    if turn.say is not None:
        replies = await talk.say(person.fill(turn.say, said=True))
    problems = _wrong(turn, person, replies, talk.channel)
    if turn.owner and (owner := await talk.owner()) != turn.owner:
        problems.append(f"owner should be {turn.owner}, is {owner}")
    if turn.pushed:
        pushed = replies + await talk.pushed(wanted)
        problems += _missing(wanted, _joined(pushed, talk.channel), "pushed")
    return problems


def _wrong(turn: Turn, person: Person, replies: list[Reply], channel: str) -> list[str]:
    joined = _joined(replies, channel)
    problems = _missing([person.fill(text) for text in turn.expect], joined, "expected")
    problems += [f"not wanted: {text}" for text in turn.reject if person.fill(text) in joined]
    if APOLOGY in joined:
        problems.append("the bot apologised for a fault of its own")
    if turn.silent and replies:
        problems.append("should have been silent")
    if not turn.silent and turn.say is not None and not replies:
        problems.append("no reply at all")
    offered = next((len(r.options) for r in reversed(replies) if r.options), 0)
    if turn.options is not None and offered != turn.options:
        problems.append(f"options: {turn.options} expected, {offered} offered")
    if turn.link and not any(reply.link for reply in replies):
        problems.append("no link")
    if turn.image and not any(reply.image for reply in replies):
        problems.append("no picture")
    return problems


def _missing(wanted: list[str], joined: str, how: str) -> list[str]:
    return [
        f"{how}, but missing: {text}"
        for text in wanted
        if not any(choice in joined for choice in text.split(OR))
    ]


def _joined(replies: list[Reply], channel: str) -> str:
    return "\n".join(shown(reply, channel) for reply in replies)


async def _act_as_payer(turn: Turn, person: Person, system: RunningSystem) -> None:
    settings = PaymentSettings(
        public_url=system.base_url, local_url=system.base_url, data_dir=system.data_dir
    )
    engine = create_engine(system.database_url)
    try:
        if turn.pay:
            await demo_payer.pay_order(engine, settings, person.newest_order(), fail=turn.fail)
        else:
            account_no = person.fill("{account_no}")
            await demo_payer.decide_contract(engine, settings, account_no, "sign")
    finally:
        await engine.dispose()
