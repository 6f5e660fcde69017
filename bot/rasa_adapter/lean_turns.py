"""Spares each turn the work of Rasa's processor that comes to nothing here.

Rasa 3.6.21 replays all events of a conversation into a new tracker before each action,
looks at each slot's mappings after each message, makes a dozen actions to pick one, copies
what it might write into a log, and builds an empty domain to ask whether its own is empty.
Here a copy takes over the state as it is (a slot is never changed, but
replaced, so that trackers share them), no slot has a mapping to look at, because flows and
actions fill them, and what the model may predict is checked when it is trained.
"""

import copy
from types import SimpleNamespace
from typing import Any

from rasa.core import processor
from rasa.core.actions import action as actions
from rasa.core.actions.action import Action, ActionExtractSlots
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

FILLED_BY_CODE = [{"type": "custom"}]

MADE_BEFORE = "_actions_made"  # kept on the domain itself, as is the next
ALL_BY_CODE = "_all_slots_filled_by_code"
ACTION_OF_RASA = actions.action_for_name_or_text
RUN_OF_RASA = ActionExtractSlots.run
SET_OF_RASA = DialogueStateTracker._set_slot


def install() -> None:
    """Replace Rasa's ways. Raises AttributeError when Rasa's side has changed."""
    for owner, name, ours in (
        (DialogueStateTracker, "copy", copy_tracker),
        (DialogueStateTracker, "_set_slot", set_slot),
        (DialogueStateTracker, "_reset_slots", reset_slots),
        (ActionExtractSlots, "run", extract_slots),
        (actions, "action_for_name_or_text", action_for),
        (processor, "copy", SimpleNamespace(deepcopy=_as_it_is)),  # used for its log alone
        (MessageProcessor, "_check_for_unseen_features", _say_nothing),
        (MessageProcessor, "_log_slots", _say_nothing),
    ):
        getattr(owner, name)
        setattr(owner, name, ours)


def copy_tracker(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A tracker in the same state; what happens to one does not touch the other."""
    copied = object.__new__(type(tracker))
    vars(copied).update(vars(tracker))
    copied.events = tracker.events.copy()
    copied.slots = copy.copy(tracker.slots)
    return copied


def set_slot(tracker: DialogueStateTracker, key: str, value: Any) -> None:
    """Rasa's own way, on a slot put in the place of the shared one."""
    if key in tracker.slots:
        tracker.slots[key] = copy.copy(tracker.slots[key])
    SET_OF_RASA(tracker, key, value)


def reset_slots(tracker: DialogueStateTracker) -> None:
    """Puts slots as they begin in the place of those that were set."""
    for name, slot in list(tracker.slots.items()):
        if slot.has_been_set:
            tracker.slots[name] = copy.copy(slot)
            tracker.slots[name].reset()


async def extract_slots(
    action: ActionExtractSlots,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    """Rasa's own way where some slot is to be filled from what is said."""
    if ALL_BY_CODE not in vars(domain):
        vars(domain)[ALL_BY_CODE] = all(_is_filled_by_code(slot) for slot in domain.slots)
    if vars(domain)[ALL_BY_CODE]:
        return []
    return await RUN_OF_RASA(action, output_channel, nlg, tracker, domain)


def action_for(name: str, domain: Domain, endpoint: EndpointConfig | None) -> Action:
    """Rasa's own choice, made once for each domain: an action keeps nothing of its runs."""
    made: dict[tuple[str, int], Action] = vars(domain).setdefault(MADE_BEFORE, {})
    key = name, id(endpoint)
    if key not in made:
        made[key] = ACTION_OF_RASA(name, domain, endpoint)
    return made[key]


def _as_it_is(value: Any) -> Any:
    return value


def _is_filled_by_code(slot: Any) -> bool:
    return slot.mappings == FILLED_BY_CODE or slot.name in DEFAULT_SLOT_NAMES


def _say_nothing(*_arguments: Any) -> None:
    pass
