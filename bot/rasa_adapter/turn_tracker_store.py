"""Holds the conversations whose turns are in progress, and no other.

The caller puts in what it stored after the last turn, lets Rasa run the turn, and takes
out what to store now. Nothing grows: kept are the slots, the last message and the buttons
under the bot's last words. The conversation itself is in the channels' tables.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, SESSION_START_METADATA_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa_adapter.lean_turns import copy_tracker

STATE_VERSION = 1
EMPTY_STATE: dict[str, Any] = {
    "version": STATE_VERSION,
    "slots": {},
    "said": None,
    "said_at": None,
    "intent": None,
    "done": [],
    "buttons": [],
}
NOT_AN_ANSWER = (None, ACTION_LISTEN_NAME)
MOST_AT_ONCE = 256


class TooManyTurns(RuntimeError):
    """More turns were begun than the store holds; some were never taken out."""


class TurnTrackerStore(TrackerStore):
    """A Rasa tracker store for turns in progress."""

    def __init__(self, domain: Domain | None = None, most_at_once: int = MOST_AT_ONCE) -> None:
        super().__init__(domain)
        self._most_at_once = most_at_once
        self._states: dict[str, bytes | None] = {}
        self._empty: tuple[Domain, DialogueStateTracker] | None = None
        self._trackers: dict[str, DialogueStateTracker] = {}

    def put(self, conversation_id: str, state: bytes | None) -> None:
        """Begin a turn with the state of the last one (None: there was none)."""
        if len(self._states) >= self._most_at_once:
            raise TooManyTurns(f"{self._most_at_once} turns in progress")
        self._states[conversation_id] = state

    def take(self, conversation_id: str) -> DialogueStateTracker | None:
        """End the turn and forget the conversation; None when Rasa saved nothing."""
        self._states.pop(conversation_id, None)
        return self._trackers.pop(conversation_id, None)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The running session's tracker; None for a conversation that is not in progress."""
        if sender_id in self._trackers:
            return self._trackers[sender_id]
        state = self._states.get(sender_id)
        return self._restored(sender_id, state) if state else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        self._trackers[tracker.sender_id] = tracker

    async def keys(self) -> Iterable[str]:
        return list(self._states)

    def init_tracker(self, sender_id: str) -> DialogueStateTracker:
        """As Rasa's, but Rasa copies each slot of the domain every time, before any is set."""
        if self._empty is None or self._empty[0] is not self.domain:
            self._empty = (self.domain, super().init_tracker(""))
        tracker = copy_tracker(self._empty[1])
        tracker.sender_id = sender_id
        return tracker

    def _restored(self, sender_id: str, state: bytes) -> DialogueStateTracker:
        """Slots that the domain no longer has are left out."""
        tracker = self.init_tracker(sender_id)
        for event in _events(json.loads(state)):
            if not isinstance(event, SlotSet) or event.key in tracker.slots:
                tracker.update(event)
        return tracker


def serialise(tracker: DialogueStateTracker) -> bytes:
    """What the next turn needs, as JSON in UTF-8; a few kilobytes at any length of session."""
    said = tracker.latest_message
    return json.dumps(
        {
            "version": STATE_VERSION,
            "slots": {
                name: slot.value
                for name, slot in tracker.slots.items()
                if slot.value != slot.initial_value and name != SESSION_START_METADATA_SLOT
            },
            "said": said and said.text,
            "said_at": said and said.timestamp,
            "intent": said and said.intent_name,
            "done": _actions_since_said(tracker),
            "buttons": _last_buttons(tracker),
        },
        ensure_ascii=False,
    ).encode()


def amended(
    state: bytes | None,
    *,
    slots: Mapping[str, Any] | None = None,
    buttons: list[dict[str, Any]] | None = None,
) -> bytes:
    """The state with these slots and last buttons instead, for what happened without Rasa."""
    data = json.loads(state) if state else dict(EMPTY_STATE)
    data["slots"] = {**data["slots"], **(slots or {})}
    if buttons is not None:
        data["buttons"] = buttons
    return json.dumps(data, ensure_ascii=False).encode()


def slots_of(state: bytes) -> dict[str, Any]:
    """The slots that differ from their beginning."""
    return json.loads(state)["slots"]


def take_slot(tracker: DialogueStateTracker, name: str) -> Any:
    """The slot's value, which is not kept beyond this turn; None for a slot of no domain."""
    value = tracker.get_slot(name) if name in tracker.slots else None
    if value is not None:
        tracker.update(SlotSet(name, None))
    return value


def _actions_since_said(tracker: DialogueStateTracker) -> list[str]:
    """Names of the actions that answered the customer's last message, in their order."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name not in NOT_AN_ANSWER:
            names.insert(0, str(event.action_name))
    return names


def _last_buttons(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """Those of the last of the bot's messages that had any, since the customer's."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered) and event.data.get("buttons"):
            return event.data["buttons"]
    return []


def _events(state: dict[str, Any]) -> list[Event]:
    """Events that bring an empty tracker to the state. Raises ValueError for another version."""
    if state["version"] != STATE_VERSION:
        raise ValueError(f"conversation state of version {state['version']}")
    at = state["said_at"]
    events: list[Event] = [SessionStarted(at), ActionExecuted(ACTION_LISTEN_NAME, timestamp=at)]
    if state["said"] is not None:
        events.append(UserUttered(state["said"], {"name": state["intent"]}, timestamp=at))
    events += [ActionExecuted(name, timestamp=at) for name in state["done"]]
    events += [SlotSet(name, value, timestamp=at) for name, value in state["slots"].items()]
    if state["buttons"]:
        events.append(BotUttered(data={"buttons": state["buttons"]}, timestamp=at))
    return [*events, ActionExecuted(ACTION_LISTEN_NAME, timestamp=at)]
