"""A flow and its steps, as loaded: the words are those of docs/flows.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TypeAlias

from bot.flows.condition import Condition

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
"""Whatever a slot may hold: a JSON value."""

END = "end"
"""What a step's `next` names when the flow is over after it."""


class Level(IntEnum):
    """How surely the customer must be known before a flow may run."""

    anyone = 0
    bound = 1
    fresh = 2


@dataclass(frozen=True)
class Option:
    """One choice of a question: the customer reads the title, the slot gets the value."""

    title: str
    value: Value


@dataclass(frozen=True)
class Step:
    """What all steps have: a name inside the flow and the step that follows (or END)."""

    id: str
    next: str


@dataclass(frozen=True)
class Collect(Step):
    """Asks until the slot has a value; `otherwise` is where a `confirm` goes on a no."""

    slot: str
    ask: str
    entities: tuple[str, ...] = ()
    intents: Mapping[str, Value] = field(default_factory=dict[str, Value])
    options: tuple[Option, ...] = ()
    words: Mapping[Value, tuple[str, ...]] = field(default_factory=dict["Value", tuple[str, ...]])
    pattern: str | None = None
    """A regular expression; what it finds makes the message an answer, whatever it sounds like."""
    text: bool = False
    skip_if_set: bool = True
    check: str | None = None
    otherwise: str | None = None
    optional: bool = False
    """Whether the flow ends without a word when the customer says something else."""

    @property
    def takes_any_words(self) -> bool:
        """Whether the message is the answer as it stands."""
        return self.text and not (self.entities or self.pattern or self.check)

    @property
    def is_confirm(self) -> bool:
        """Whether the answer is a yes or a no that decides about going on."""
        return self.otherwise is not None


@dataclass(frozen=True)
class Run(Step):
    """Runs a custom action or says a response; Rasa calls both actions."""

    action: str


@dataclass(frozen=True)
class Branch(Step):
    """Goes to `next` when the condition holds, else to `otherwise`."""

    condition: Condition
    otherwise: str


@dataclass(frozen=True)
class Call(Step):
    """Runs another flow, then goes on."""

    flow: str


@dataclass(frozen=True)
class SetSlots(Step):
    """Gives slots fixed values."""

    values: Mapping[str, Value]


@dataclass(frozen=True)
class Finish(Step):
    """Ends the flow here, after a last response when one is named."""

    response: str | None


@dataclass(frozen=True)
class Jump(Step):
    """Nothing but a `next`."""


@dataclass(frozen=True)
class Offer:
    """A question after the last step; a yes starts the flow `yes`."""

    ask: str
    yes: str
    condition: Condition | None = None


@dataclass(frozen=True)
class Flow:
    """One task of the bot. `steps` is flat: nested branches are joined by step names."""

    name: str
    title: str
    steps: Mapping[str, Step]
    first: str
    starts_with: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    """Words that start the flow when the message says nothing else: 报修, 自动扣款."""
    why: str | None = None
    """The flow that answers 为啥 after this one, for the same details."""
    first_fills: tuple[str, ...] = ()
    level: Level = Level.anyone
    digression: bool = False
    follow_up: str | None = None
    offers: tuple[Offer, ...] = ()
    persist: frozenset[str] = frozenset()
    clears: frozenset[str] = frozenset()
    file: str = ""

    def collects(self) -> Iterator[Collect]:
        """All questions of the flow, in the order of the file."""
        return (step for step in self.steps.values() if isinstance(step, Collect))

    def collect_of(self, slot: str) -> Collect | None:
        """The (first) question that fills the slot."""
        return next((step for step in self.collects() if step.slot == slot), None)

    def entities_of(self, slot: str) -> tuple[str, ...]:
        """The entities that fill the slot: those of its question, else its namesake."""
        question = self.collect_of(slot)
        return question.entities if question and question.entities else (slot,)

    @property
    def is_remark(self) -> bool:
        """Whether the flow only says something (a greeting, thanks)."""
        return all(isinstance(step, Run | Finish) for step in self.steps.values()) and all(
            step.action.startswith(("utter_", "action_say_"))
            for step in self.steps.values()
            if isinstance(step, Run)
        )

    @property
    def is_menu(self) -> bool:
        """Whether the flow only asks which of several tasks is meant."""
        return bool(self.named) and not self.starts_with and self.is_remark

    @cached_property
    def own_slots(self) -> frozenset[str]:
        """Slots that belong to the flow and are cleared when it ends or is left."""
        asked = {step.slot for step in self.collects()}
        given = {
            slot
            for step in self.steps.values()
            if isinstance(step, SetSlots)
            for slot in step.values
        }
        return frozenset(asked | given | set(self.first_fills) | self.clears) - self.persist


Flows: TypeAlias = Mapping[str, Flow]
"""All flows by name."""
