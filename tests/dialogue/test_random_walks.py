"""Conversations made by chance from the project's own flows: no dead end, no silence, no leak.

Customers correct, digress, stop, add wishes and talk nonsense at every step; actions refuse,
clear slots and ask for codes. Seeds are fixed, so that a failing walk can be walked again.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.flows import domain_names
from bot.flows.loader import load_sources, read_sources
from bot.flows.message import Entity, Message, Wish
from bot.flows.model import Flow
from bot.flows.runner import Runner
from bot.flows.turn import Settings
from bot.flows.vocabulary import ENGINE_SLOTS
from tests.unit.flows.project import Conversation

PROJECT = Path(__file__).parents[2]
DOMAIN = domain_names.from_files(PROJECT)
FLOWS = "\n---\n".join(read_sources(PROJECT / "nlu_data" / "flows").values())
RUNNER = Runner(load_sources({"flows.yml": FLOWS}), DOMAIN.responses, Settings())
WALKS, TURNS = 2000, 12
SILENT = {"action_choose_account", "action_prepare_payment", "action_read_autopay"}
SILENT |= {"action_check_place", "action_check_person_count", "action_check_invoice_title"}
SILENT |= {"action_confirm_code", "action_weigh_severity", "action_check_supply"}
MOVES = {
    "action_create_payment_order": "pay_confirmed",
    "action_sign_autopay": "autopay_confirmed",
    "action_cancel_autopay": "cancel_confirmed",
    "action_unbind": "unbind_confirmed",
    "action_open_report": "report_confirmed",
}
"""What changes something, and the yes it must have had."""
VALUES: dict[str, object] = {
    "account_no": "1000000001",
    "amount": 20000,
    "bill_period": {"first": "2026-10", "last": "2026-10"},
    "address": "和平里2栋",
    "phone": "13800001111",
    "meter_reading": 921,
    "person_count": 6,
    "payment_method": "wechat",
    "ticket_no": "GD20261124001",
    "volume": 12000,
}
STATES: dict[str, tuple[object, ...]] = {
    "payable": ("arrears", "bill", "nothing", "amount"),
    "autopay_state": ("ACTIVE", "PENDING", None),
    "no_water_because": ("arrears", "outage", "unknown"),
    "owes": (True, False),
    "has_plan": (True, False),
    "order_open": (True, False),
    "refundable": (4900, None),
    "invoice_bill": ("2026-10", None),
    "identity_level": (0, 1, 2),
}
"""What actions may find out, in no relation to each other: worse than the real ones."""
NONSENSE = ("嗯嗯", "？？", "啊这", "不知道", "123456", "两个都交", "另一个呢", "报修", "0")


class Chance(dict[str, dict[str, Any]]):
    """What an action does to the slots, thrown anew each time it is asked for."""

    def __init__(self, throw: random.Random) -> None:
        super().__init__()
        self.throw = throw

    def get(self, action: str, default: Any = None) -> Any:
        if not action.startswith("action_"):
            return default
        thrown = [name for name in STATES if self.throw.random() < 0.3]
        found = {name: self.throw.choice(STATES[name]) for name in thrown}
        if action not in SILENT and self.throw.random() < 0.1:  # who ends has said why
            found["flow_signal"] = "end"
        if action in ("action_choose_account", "action_confirm_code"):
            found["account_no"] = "1000000001"
            found["identity_level"] = 2
        return found


def _message(throw: random.Random) -> Message:
    intents = sorted(DOMAIN.intents - {"human_agent"})
    intent = throw.choice(["inform", "affirm", "deny", "stop", "out_of_scope", *intents])
    names = [name for name in VALUES if throw.random() < 0.15]
    entities = tuple(Entity(name, VALUES[name], 0, 4) for name in names)  # pyright: ignore[reportArgumentType]
    second = Wish(throw.choice(intents)) if throw.random() < 0.1 else None
    return Message(
        "",
        throw.choice(NONSENSE) if throw.random() < 0.3 else f"说{throw.randrange(1000)}",
        intent,
        throw.choice((0.2, 0.5, 0.7, 0.95)),
        ((intent, 0.4), (throw.choice(intents), 0.3)),
        entities,
        second,
        identity_level=throw.choice((None, 0, 1, 2)),
    )


def _flows_of(talk: Conversation) -> Iterator[Flow]:
    return (talk.runner.flows[name] for name in talk.running)


def _walk(seed: int) -> None:
    throw = random.Random(seed)
    talk = Conversation(slots={"identity_level": 1})
    talk.runner = RUNNER
    talk.effects = Chance(throw)
    for _ in range(TURNS):
        message = _message(throw)
        before = dict(talk.slots)
        actions = talk.hear(message)
        told = [action for action in actions if action not in SILENT]
        assert told, f"no answer to {message} by {actions}"
        _nothing_moved_unasked(actions, before, message)
        _nothing_left_over(talk)


def _nothing_moved_unasked(actions: list[str], before: dict[str, Any], message: Message) -> None:
    """A step that moves something follows a yes of this message to a question that waited.

    Or one of an earlier message of the same task, whose slot is cleared with it: between the
    yes and the payment stands the question which way to pay.
    """
    for action in set(actions) & set(MOVES):
        waited = [frame["step"] for frame in before["flow_stack"].get("frames", ())]
        is_granted = MOVES[action] in waited or before.get(MOVES[action]) is True
        assert is_granted, f"{action} without its question, at {waited}: {message}"


def _nothing_left_over(talk: Conversation) -> None:
    """No slot of a flow that is over holds a value, save those that all flows keep."""
    running = {slot for flow in _flows_of(talk) for slot in flow.own_slots}
    ended = {slot for flow in talk.runner.flows.values() for slot in flow.own_slots}
    over = ended - running - set(ENGINE_SLOTS) - set(STATES)
    left = {slot: talk.slots[slot] for slot in over if talk.slots.get(slot) is not None}
    assert not left, f"left over: {left}"


@pytest.mark.parametrize("block", range(10))
def test_walks(block: int) -> None:
    for seed in range(block * WALKS // 10, (block + 1) * WALKS // 10):
        try:
            _walk(seed)
        except Exception as error:
            raise AssertionError(f"walk {seed}: {error}") from error
