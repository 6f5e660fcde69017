"""The stack of running flows, the value of the slot `flow_stack`: all that a conversation keeps.

Frames from bottom to top; the top one runs. Everything is JSON, because Rasa stores it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, TypeVar, cast

from bot.flows.model import Value


class Kind(StrEnum):
    """Why a frame is on the stack, which decides what happens when it ends."""

    task = "task"
    digression = "digression"
    call = "call"
    again = "again"
    level = "level"

    @property
    def is_called(self) -> bool:
        """Whether the frame below called this one and goes on silently when it ends.

        After `call` it goes on with its next step, after `again` and `level` it repeats its step.
        """
        return self in (Kind.call, Kind.again, Kind.level)


class Doing(StrEnum):
    """What the frame's step last did; the next decision begins from it."""

    nothing = ""
    ask = "ask"
    wait = "wait"
    check = "check"
    run = "run"


@dataclass
class Frame:
    """A running flow: where it is, and what the customer has said to it so far."""

    flow: str
    step: str
    kind: Kind = Kind.task
    doing: Doing = Doing.nothing
    admitted: bool = False
    """Whether the identity level was found sufficient."""
    need: int = 0
    """For a flow that raises the identity level: the level that its caller needs."""
    is_followed: bool = False
    """Whether the words after the last step are said."""
    retried: int = 0
    """How often a step was repeated after a called flow."""
    tries: dict[str, int] = field(default_factory=dict[str, int])
    """Failed answers by slot."""
    answered: list[str] = field(default_factory=list[str])
    """Slots whose questions this flow has passed, answered now or known before."""
    checked: list[str] = field(default_factory=list[str])
    saved: dict[str, Value] = field(default_factory=dict[str, "Value"])
    """Values of a waiting flow's slots of the same names, put back at the end."""


@dataclass
class Choice:
    """A question of the engine itself: which of two flows, or whether a person shall help."""

    kind: str
    flows: list[str] = field(default_factory=list[str])
    entities: list[list[Value]] = field(default_factory=list[list["Value"]])


@dataclass
class Stack:
    """Frames and what waits beside them."""

    frames: list[Frame] = field(default_factory=list[Frame])
    sayings: list[tuple[str, dict[str, Value]]] = field(
        default_factory=list[tuple[str, dict[str, "Value"]]]
    )
    """Actions to run before the flow goes on, each with the slots its words need."""
    wishes: list[dict[str, Value]] = field(default_factory=list[dict[str, "Value"]])
    """Second wishes: intent, entities, and the depth of the stack at which their turn comes."""
    offer: dict[str, Value] | None = None
    """The flow (or None) that a yes starts after the last words, and the slots it starts with."""
    choice: Choice | None = None
    last: dict[str, Value] | None = None
    """The last read-only flow and its details, for 那上个月呢."""
    misses: int = 0
    """Messages in a row that were not understood outside any flow."""
    message: str = ""
    actions: int = 0
    """Actions run for this message."""

    @property
    def top(self) -> Frame | None:
        """The running frame."""
        return self.frames[-1] if self.frames else None

    def to_json(self) -> dict[str, Any]:
        """The value for the slot; what is empty is left out."""
        value = _filled(self)
        if self.frames:
            value["frames"] = [_filled(frame) for frame in self.frames]
        if self.choice:
            value["choice"] = dict(vars(self.choice))
        return _copied(value)

    @classmethod
    def from_json(cls, value: object) -> "Stack":
        """The stack of a stored slot. What an older version of the program wrote is skipped."""
        data = _known(cls, value)
        frames = [_frame(item) for item in data.pop("frames", [])]
        choice = data.pop("choice", None)
        sayings = [(str(name), dict(slots)) for name, slots in data.pop("sayings", [])]
        return cls(
            frames=frames,
            sayings=sayings,
            choice=Choice(**_known(Choice, choice)) if choice else None,
            wishes=list(data.pop("wishes", [])),
            **data,
        )


def _copied(value: Any) -> Any:
    """As copy.deepcopy, for what JSON holds; five times as fast, and it is done twice a step."""
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in cast(dict[str, Any], value).items()}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in cast(list[Any], value)]
    return value


def _filled(part: Stack | Frame) -> dict[str, Any]:
    return {key: item for key, item in vars(part).items() if item}


def _frame(value: object) -> Frame:
    data = _known(Frame, value)
    data["kind"] = Kind(data.get("kind", Kind.task))
    data["doing"] = Doing(data.get("doing", Doing.nothing))
    for key in ("tries", "saved"):
        data[key] = dict(data.get(key, {}))
    for key in ("answered", "checked"):
        data[key] = list(data.get(key, []))
    return Frame(**data)


T = TypeVar("T")


def _known(kind: type[T], value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        return {}
    names = {part.name for part in fields(cast(Any, kind))}
    return {key: item for key, item in cast(Mapping[str, Any], value).items() if key in names}
