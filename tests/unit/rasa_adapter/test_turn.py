"""Actions in process, the store of turns, and the reply channel, on Rasa's own classes."""

import asyncio
import json
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa_sdk import Action
from rasa_sdk.events import SlotSet as SdkSlotSet

from bot.rasa_adapter.in_process_actions import ActionFailed, InProcessActions
from bot.rasa_adapter.reply_channel import ReplyChannel
from bot.rasa_adapter.turn_tracker_store import (
    TooManyTurns,
    TurnTrackerStore,
    amended,
    serialise,
    slots_of,
    take_slot,
)


def slot() -> dict[str, Any]:
    """Made anew each time: Rasa empties what it reads."""
    return {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}


DOMAIN = Domain.from_dict(
    {
        "version": "3.1",
        "intents": ["check_bill"],
        "slots": {"account_no": slot(), "reason": slot()},
        "actions": ["action_bill"],
        "responses": {"utter_bill": [{"text": "{amount} 元"}]},
    }
)


class Bill(Action):
    def __init__(self, error: Exception | None = None, seconds: float = 0) -> None:
        self.error, self.seconds = error, seconds
        self.seen: dict[str, Any] = {}

    def name(self) -> str:
        return "action_bill"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        await asyncio.sleep(self.seconds)
        if self.error:
            raise self.error
        self.seen = {
            "slots": tracker.slots,
            "latest_message": tracker.latest_message,
            "responses": domain["responses"],
        }
        dispatcher.utter_message(response="utter_bill", amount="86.40")
        return [SdkSlotSet("reason", "seen")]


def conversation() -> DialogueStateTracker:
    tracker = DialogueStateTracker("c1", DOMAIN.slots)
    tracker.update(ActionExecuted("action_listen"))
    said = UserUttered("查账单", {"name": "check_bill"}, metadata={"now": "2026-11-24"})
    tracker.update(said)
    tracker.update(SlotSet("account_no", "1000002468"))
    return tracker


async def run(action: Action, seconds: float = 1) -> list[Any]:
    remote = RemoteAction("action_bill", InProcessActions([action], seconds))
    nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
    return await remote.run(ReplyChannel("web"), nlg, conversation(), DOMAIN)


async def test_an_action_sees_slots_message_and_domain_and_answers() -> None:
    action = Bill()
    events = await run(action)
    assert [event.text for event in events if isinstance(event, BotUttered)] == ["86.40 元"]
    assert SlotSet("reason", "seen") in events
    assert action.seen["slots"]["account_no"] == "1000002468"
    assert action.seen["latest_message"]["text"] == "查账单"
    assert action.seen["latest_message"]["intent"] == {"name": "check_bill"}
    assert action.seen["latest_message"]["metadata"] == {"now": "2026-11-24"}
    assert "utter_bill" in action.seen["responses"]


async def test_the_payload_does_not_grow_with_the_conversation() -> None:
    remote = RemoteAction("action_bill", None)
    tracker = conversation()
    before = len(json.dumps(remote._action_call_format(tracker, DOMAIN)))
    for _ in range(100):
        tracker.update(BotUttered("还是这样"))
    assert len(json.dumps(remote._action_call_format(tracker, DOMAIN))) == before


@pytest.mark.parametrize(
    ("action", "cause"),
    [(Bill(error=ValueError("x")), ValueError), (Bill(seconds=5), TimeoutError)],
)
async def test_a_failing_or_hanging_action_ends_the_turn(
    action: Action, cause: type[Exception]
) -> None:
    with pytest.raises(ActionFailed) as failed:
        await run(action, seconds=0.05)
    assert isinstance(failed.value.__cause__, cause)
    assert not isinstance(failed.value, Exception), "Rasa would swallow it"


async def test_what_the_next_turn_needs_survives() -> None:
    tracker = conversation()
    buttons = [{"title": "缴费", "payload": "/pay_bill"}]
    tracker.update(ActionExecuted("action_bill"))
    tracker.update(BotUttered("要缴吗", {"buttons": buttons}))
    tracker.update(BotUttered("没有按钮的话"))
    store = TurnTrackerStore(DOMAIN)
    store.put("c1", serialise(tracker))
    again = await store.retrieve("c1")
    assert again is not None
    assert again.get_slot("account_no") == "1000002468"
    assert again.latest_message is not None
    assert again.latest_message.timestamp == conversation_time(tracker)
    assert again.latest_action_name == "action_listen"
    assert again.applied_events(), "no new session is begun"
    assert serialise(again) == serialise(tracker)
    assert json.loads(serialise(again))["buttons"] == buttons


def conversation_time(tracker: DialogueStateTracker) -> float | None:
    assert tracker.latest_message is not None
    return tracker.latest_message.timestamp


async def test_the_state_does_not_grow_with_the_conversation() -> None:
    state, store = None, TurnTrackerStore(DOMAIN)
    sizes: set[int] = set()
    for number in range(20):
        store.put("c1", state)
        tracker = await store.get_or_create_tracker("c1", append_action_listen=False)
        tracker.update(UserUttered("查账单", {"name": "check_bill"}, timestamp=1000.5 + number))
        tracker.update(SlotSet("account_no", "1000002468"))
        tracker.update(ActionExecuted("action_bill"))
        await store.save(tracker)
        taken = store.take("c1")
        assert taken is not None
        state = serialise(taken)
        sizes.add(len(state))
    assert len(sizes) == 1


async def test_the_store_forgets_and_is_bounded() -> None:
    store = TurnTrackerStore(DOMAIN, most_at_once=2)
    store.put("c1", None)
    store.put("c2", None)
    with pytest.raises(TooManyTurns):
        store.put("c3", None)
    store.take("c1")
    store.put("c3", None)
    assert await store.retrieve("c1") is None
    assert sorted(await store.keys()) == ["c2", "c3"]


async def test_a_slot_that_the_domain_no_longer_has_is_left_out() -> None:
    store = TurnTrackerStore(DOMAIN)
    store.put("c1", amended(None, slots={"removed": 1, "reason": "kept"}))
    tracker = await store.retrieve("c1")
    assert tracker is not None
    assert tracker.get_slot("reason") == "kept"
    assert take_slot(tracker, "removed") is None


def test_a_slot_can_be_taken_once() -> None:
    tracker = conversation()
    assert take_slot(tracker, "account_no") == "1000002468"
    assert take_slot(tracker, "account_no") is None
    assert "account_no" not in slots_of(serialise(tracker))


async def test_replies_are_neutral() -> None:
    channel = ReplyChannel("sms")
    await channel.send_response(
        "c1",
        {
            "text": "应付 86.40 元",
            "buttons": [{"title": "缴费", "payload": "/pay_bill"}],
            "custom": {"link": {"title": "去付款", "url": "https://pay"}},
        },
    )
    await channel.send_response("c1", {"text": "", "custom": {}})
    assert channel.name() == "sms"
    assert channel.replies == [
        {
            "text": "应付 86.40 元",
            "options": ["缴费"],
            "link": {"title": "去付款", "url": "https://pay"},
            "image": None,
        }
    ]
