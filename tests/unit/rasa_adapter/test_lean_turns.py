"""The shortcuts of a turn leave the same state as Rasa's own ways."""

import pytest
from rasa.core.actions.action import ActionExtractSlots
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import AnySlot, ListSlot, TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_adapter.lean_turns import copy_tracker
from bot.settings import PROJECT

BY_CODE = [{"type": "custom"}]


@pytest.fixture
def tracker() -> DialogueStateTracker:
    slots = [AnySlot("stack", BY_CODE), TextSlot("place", BY_CODE), ListSlot("photos", BY_CODE)]
    tracker = DialogueStateTracker("someone", slots)
    tracker.model_id, tracker.assistant_id = "model", "assistant"
    said = UserUttered("家里漏水", {"name": "report_leak"}, input_channel="web")
    asked = BotUttered("在哪里？", {"buttons": [{"title": "室内", "payload": "inside"}]})
    tracker.update_with_events(
        [said, SlotSet("stack", {"frames": []}), ActionExecuted("utter_ask_place"), asked], None
    )
    return tracker


def test_a_copy_is_in_the_state_that_a_replay_brings(tracker: DialogueStateTracker) -> None:
    replayed = tracker.travel_back_in_time(float("inf"))
    copied = tracker.copy()
    assert copied == replayed
    assert copied.current_slot_values() == replayed.current_slot_values()
    for known in ("latest_message", "latest_bot_utterance", "latest_action", "followup_action"):
        assert getattr(copied, known) == getattr(replayed, known)


def test_a_copy_changes_alone(tracker: DialogueStateTracker) -> None:
    before = tracker.current_slot_values()
    copied = copy_tracker(tracker)
    copied.update(SlotSet("place", "厨房"))
    assert tracker.current_slot_values() == before
    assert len(copied.events) == len(tracker.events) + 1
    assert copied.get_slot("place") == "厨房"


def test_a_new_session_empties_the_slots_of_its_own_tracker_alone(
    tracker: DialogueStateTracker,
) -> None:
    copied = copy_tracker(tracker)
    copied.update(SessionStarted())
    assert copied.get_slot("stack") is None
    assert tracker.get_slot("stack") == {"frames": []}


def test_a_tracker_leaves_the_slots_of_the_domain_alone(tracker: DialogueStateTracker) -> None:
    slot = TextSlot("place", BY_CODE, initial_value="厨房")
    tracker = DialogueStateTracker("someone", [slot])
    tracker.update(SlotSet("place", "阳台"))
    assert slot.value == "厨房"
    tracker.update(SessionStarted())
    assert tracker.get_slot("place") == "厨房"


async def _extracted(domain: Domain, text: str) -> list[str]:
    tracker = DialogueStateTracker("someone", domain.slots)
    tracker.update(UserUttered(text, {"name": "inform"}))
    action, channel = ActionExtractSlots(None), CollectingOutputChannel()
    nlg = TemplatedNaturalLanguageGenerator({})
    events = await action.run(channel, nlg, tracker, domain)
    return [event.key for event in events if isinstance(event, SlotSet)]


async def test_slots_with_a_source_are_still_filled_from_what_is_said() -> None:
    domain = Domain.from_dict(
        {
            "version": "3.1",
            "intents": ["inform"],
            "slots": {"words": {"type": "text", "mappings": [{"type": "from_text"}]}},
        }
    )
    assert await _extracted(domain, "厨房") == ["words"]


async def test_the_product_fills_all_slots_by_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rasa_adapter.lean_turns.RUN_OF_RASA", None)
    domain = Domain.load(PROJECT / "domain.yml")
    assert await _extracted(domain, "厨房") == []
