"""The working state of one decision: the stack, the slots as they will be, what shall be said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.flows.filling import SHORTEST_TELLING_WORD, take_words
from bot.flows.message import Entity, Message
from bot.flows.model import Collect, Flow, Flows, Step, Value
from bot.flows.stack import Doing, Frame, Kind, Stack
from bot.flows.vocabulary import (
    ANSWERING_INTENTS,
    FALLBACK,
    OPEN_TASK_SLOT,
    OUT_OF_SCOPE,
)

LEAST_OTHER_MATTER = 3
"""Different characters: 股票呢 is another matter, 嗯嗯嗯 is none."""


@dataclass(frozen=True)
class Settings:
    """When a message counts as understood; each can be set in config.yml under FlowPolicy."""

    interrupt_threshold: float = 0.6
    """From this confidence on another wish interrupts an open question."""
    switch_threshold: float = 0.85
    """From this one on even when a detail of the message would fit the open question."""
    clarify_threshold: float = 0.45
    """Below, a message outside any flow counts as not understood."""
    clarify_floor: float = 0.12
    """Of a message that is not understood, two meanings at least this likely are offered."""
    clarify_alone: float = 0.28
    """The likeliest meaning is asked for alone from here on, when no other is likely."""
    max_actions: int = 8
    """Actions for one message before the turn is given up as a fault."""


@dataclass
class Turn:
    """What patterns and steps read and change. Slots are changed with `set` alone."""

    flows: Flows
    settings: Settings
    responses: frozenset[str]
    stack: Stack
    slots: dict[str, object]
    message: Message
    changes: dict[str, Value] = field(default_factory=dict[str, Value])

    def set(self, slot: str, value: Value) -> None:
        """Gives a slot a value when it has another one."""
        if self.slots.get(slot) != value:
            self.slots[slot] = value
            self.changes[slot] = value

    def say(self, action: str, **slots: Value) -> None:
        """Queues an action, before anything else the flows do; its slots are set when it runs."""
        self.stack.sayings.append((action, slots))

    def say_if_written(self, response: str) -> bool:
        """Queues a response when the domain has it."""
        if response in self.responses:
            self.say(response)
        return response in self.responses

    def say_of_task(self, action: str, frame: Frame) -> None:
        """Queues words that name the task to which the frame belongs."""
        self.say(action, **{OPEN_TASK_SLOT: self.title_of(frame)})

    def flow_of(self, frame: Frame) -> Flow:
        """The frame's flow."""
        return self.flows[frame.flow]

    def step_of(self, frame: Frame) -> Step:
        """The frame's step."""
        return self.flow_of(frame).steps[frame.step]

    def title_of(self, frame: Frame) -> str:
        """The title of the task: for a called flow that of the flow which needs it."""
        position = self.stack.frames.index(frame)
        while position > 0 and self.stack.frames[position].kind.is_called:
            position -= 1
        return self.flow_of(self.stack.frames[position]).title

    @property
    def running_task(self) -> Flow:
        """The flow that asks now; for a part that a flow called as its own step, that flow."""
        frames = self.stack.frames
        position = len(frames) - 1
        while position > 0 and frames[position].kind is Kind.call:
            position -= 1
        return self.flow_of(frames[position])

    @property
    def question(self) -> Collect | None:
        """The question that waits for an answer."""
        frame = self.stack.top
        if frame is None or frame.doing is not Doing.wait:
            return None
        step = self.step_of(frame)
        return step if isinstance(step, Collect) else None

    def flow_for(self, intent: str) -> Flow | None:
        """The flow that an intent starts."""
        return next((flow for flow in self.flows.values() if intent in flow.starts_with), None)

    @property
    def is_understood(self) -> bool:
        """Whether the first intent may be believed at all."""
        known = self.message.intent not in ("", FALLBACK)
        return known and self.message.confidence >= self.settings.clarify_threshold

    def wishes(self, intent: str) -> bool:
        """Whether the message clearly has this intent."""
        return self.is_understood and self.message.intent == intent

    @property
    def is_confident_wish(self) -> bool:
        """Whether the message clearly wants something rather than answers."""
        message = self.message
        return (
            message.intent not in ANSWERING_INTENTS
            and bool(message.intent)
            and message.confidence >= self.settings.interrupt_threshold
        )

    @property
    def is_surely_beside(self) -> bool:
        """Whether the message has nothing to do with water; a grunt is only not understood."""
        message = self.message
        return (
            message.intent == OUT_OF_SCOPE
            and message.confidence >= self.settings.interrupt_threshold
            and len(set(message.text.strip())) >= LEAST_OTHER_MATTER
            and not message.text.isascii()  # letters at random are no matter at all
        )

    def start(
        self,
        flow: Flow,
        entities: tuple[Entity, ...] = (),
        given: Mapping[str, Value] | None = None,
        kind: Kind | None = None,
    ) -> Frame:
        """Puts a flow on top of the stack with the details that are known already."""
        kind = kind or (Kind.digression if flow.digression else Kind.task)
        frame = Frame(flow.name, flow.first, kind)
        if not kind.is_called:
            frame.saved = self._set_aside(flow)
        self.stack.frames.append(frame)
        if kind is Kind.task:
            self.stack.last = None
        for slot, value in (given or {}).items():
            self.set(slot, value)
        self._fill_first(flow, entities, overwrite=not kind.is_called)
        self._fill_first_by_words(flow)
        return frame

    def _set_aside(self, flow: Flow) -> dict[str, Value]:
        """Empties the slots that the new flow shares with waiting ones; returns their values."""
        waiting = {slot for frame in self.stack.frames for slot in self.flow_of(frame).own_slots}
        shared = {slot for slot in flow.own_slots & waiting if self.slots.get(slot) is not None}
        saved = {slot: self.slots[slot] for slot in sorted(shared)}
        for slot in saved:
            self.set(slot, None)
        return saved  # pyright: ignore[reportReturnType]

    def _fill_first_by_words(self, flow: Flow) -> None:
        """Details that the starting message gives in words, not as entities: 慢慢滴, 路边."""
        for slot in flow.first_fills:
            question = flow.collect_of(slot)
            if question and self.slots.get(slot) is None:
                answer = take_words(question, self.message.text, shortest=SHORTEST_TELLING_WORD)
                self.set(slot, answer.value if answer else None)

    def _fill_first(self, flow: Flow, entities: tuple[Entity, ...], *, overwrite: bool) -> None:
        used: list[Entity] = []
        for slot in flow.first_fills:
            for name in flow.entities_of(slot):
                entity = next((e for e in entities if e.name == name and e not in used), None)
                if entity and (overwrite or self.slots.get(slot) is None):
                    used.append(entity)
                    self.set(slot, entity.value)
                    break
