"""Whatever a customer sends and whatever breaks, there is an answer."""

import asyncio

import pytest

from bot.turn import Said, Turner
from tests.integration.worker.conftest import Billing, ScratchAction


def said(text: str, conversation_id: str = "c1", photos: tuple[str, ...] = ()) -> Said:
    return Said(conversation_id, "web", "visitor", text, f"{conversation_id}:1", photos, "10.0.0.1")


async def test_an_answer_with_options_and_the_state_of_the_next_turn(turner: Turner) -> None:
    greeted = await turner.handle(said("你好"), None)
    assert [option.title for option in greeted.replies[0].options] == ["查账单", "报修"]
    first = await turner.handle(said("查账单"), greeted.state)
    second = await turner.handle(said("查账单"), first.state)
    assert first.replies[0].text == "2026-10 的水费是 1 元。"
    assert second.replies[0].text == "2026-10 的水费是 2 元。"
    assert (second.handover, second.fault) == (None, None)


async def test_actions_get_the_verified_identity(
    turner: Turner, billing: Billing, actions: dict[str, ScratchAction]
) -> None:
    await turner.handle(said("查账单"), None)
    metadata = actions["action_bill"].metadata
    assert metadata["channel_user"] == "visitor"
    assert metadata["address"] == "10.0.0.1"
    assert metadata["now"] == "2026-11-24T02:00:00+00:00"
    assert (metadata["identity_level"], metadata["accounts"]) == (0, [])
    assert billing.callers[0].conversation_id == "c1"


@pytest.mark.parametrize(
    ("text", "fault"),
    [("出错", "action_failed"), ("卡住", "turn_timeout"), ("沉默", "turn_failed")],
)
async def test_a_fault_is_apologised_for_and_brings_a_person(
    turner: Turner, text: str, fault: str
) -> None:
    before = await turner.handle(said("查账单"), None)
    answer = await turner.handle(said(text), before.state)
    assert [reply.text[:2] for reply in answer.replies] == ["抱歉"]
    assert (answer.handover, answer.fault, answer.state) == ("fault", fault, None)
    after = await turner.handle(said("查账单"), before.state)
    assert after.replies[0].text == "2026-10 的水费是 2 元。"


async def test_billing_that_is_down_is_apologised_for(turner: Turner, billing: Billing) -> None:
    async def down(_caller: object) -> None:
        raise ConnectionError

    billing.identify = down  # pyright: ignore[reportAttributeAccessIssue]
    answer = await turner.handle(said("查账单"), None)
    assert answer.fault == "turn_failed"
    assert answer.replies


async def test_a_person_is_asked_for_once(turner: Turner) -> None:
    asked = await turner.handle(said("人工"), None)
    assert asked.handover == "asked"
    after = await turner.handle(said("你好"), asked.state)
    assert after.handover is None, "the reason does not outlive its turn"


@pytest.mark.parametrize("text", ["/greet", " /restart", "//greet", '/check_bill{"a": 1}'])
async def test_a_customer_cannot_name_an_intent(turner: Turner, text: str) -> None:
    answer = await turner.handle(said(text), None)
    assert [reply.text for reply in answer.replies] == ["没有听懂,请换个说法。"]


@pytest.mark.parametrize("text", ["", "  \n", "长" * 3000, "🚰", "\u200b", "{period}", "'; DROP"])
async def test_odd_texts_get_an_answer(turner: Turner, text: str) -> None:
    answer = await turner.handle(said(text), None)
    assert answer.replies[0].text
    assert answer.fault is None


async def test_photos_are_kept_for_the_report(turner: Turner) -> None:
    answer = await turner.handle(said("[图片]", photos=("a.jpg",)), None)
    more = await turner.handle(said("", photos=("b.jpg",)), answer.state)
    assert answer.replies[0].text == "照片收到了。"
    assert more.state is not None
    assert b'"photos": ["a.jpg", "b.jpg"]' in more.state


async def test_conversations_side_by_side_do_not_mix(turner: Turner) -> None:
    async def three_bills(name: str) -> list[str]:
        state, texts = None, []
        for _ in range(3):
            answer = await turner.handle(said("查账单", name), state)
            state = answer.state
            texts.append(answer.replies[0].text)
        return texts

    all_texts = await asyncio.gather(*(three_bills(f"c{number}") for number in range(20)))
    assert all(texts == all_texts[0] for texts in all_texts)
    assert all_texts[0][2] == "2026-10 的水费是 3 元。"
