"""Decides what the bot does next: a pure function of the stack, the message and the slots."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.flows import signals
from bot.flows.answering import answers
from bot.flows.ending import give_up
from bot.flows.message import Message
from bot.flows.model import END, Flows, Value
from bot.flows.patterns import PATTERNS
from bot.flows.stack import Doing, Stack
from bot.flows.turn import Settings, Turn
from bot.flows.vocabulary import (
    ACCOUNTS_SLOT,
    HUMAN_AGENT,
    LEVEL_SLOT,
    LISTEN,
    OPEN_TASK_SLOT,
    SAY_NEXT_WISH,
    STACK_SLOT,
)
from bot.flows.walking import next_action


@dataclass(frozen=True)
class Decision:
    """The action to run now, and the slots to set before it runs."""

    action: str
    slots: Mapping[str, object]


class Runner:
    """Runs flows. Holds no state of a conversation, so one serves all of them."""

    def __init__(self, flows: Flows, responses: frozenset[str], settings: Settings) -> None:
        self.flows = flows
        self.responses = responses
        self.settings = settings

    def decide(self, slots: Mapping[str, object], message: Message) -> Decision:
        """The next action for the message; called again after each until it is action_listen.

        `slots` are those of the conversation, `flow_stack` among them. Whether the message is new
        is seen from its id. Raises ValueError when an action sent an unknown flow_signal.
        """
        stack = Stack.from_json(slots.get(STACK_SLOT))
        turn = Turn(self.flows, self.settings, self.responses, stack, dict(slots), message)
        before = stack.to_json()
        if stack.message == message.id:
            signals.heed(turn)
        else:
            self._hear(turn)
        action = self._within_limit(turn, next_action(turn))
        if action == LISTEN and not stack.frames:
            turn.set(OPEN_TASK_SLOT, None)
        after = stack.to_json()
        changes: dict[str, object] = dict(turn.changes)
        if after != before:
            changes[STACK_SLOT] = after
        return Decision(action, changes)

    def _hear(self, turn: Turn) -> None:
        """Lets the first pattern that knows the message handle it."""
        stack, message = turn.stack, turn.message
        stack.message, stack.actions = message.id, 0
        stack.sayings.clear()
        self._drop_unknown(turn)
        if stack.top and stack.top.doing is Doing.ask:
            stack.top.doing = Doing.wait  # the turn before broke off after its question
        if message.identity_level is not None:
            turn.set(LEVEL_SLOT, message.identity_level)
        if message.accounts is not None:
            turn.set(ACCOUNTS_SLOT, list(message.accounts))
        misses = stack.misses
        tells = turn.question is not None and turn.question.text  # a story: no wishes in it
        took = next(pattern for pattern in PATTERNS if pattern(turn))
        if stack.misses == misses:
            stack.misses = 0
        if not (tells and took is answers):
            self._queue_second_wish(turn)

    def _queue_second_wish(self, turn: Turn) -> None:
        wish = turn.message.second
        flow = turn.flow_for(wish.intent) if wish else None
        frames = turn.stack.frames
        if wish is None or flow is None or turn.wishes(HUMAN_AGENT):
            return
        if not frames and not turn.stack.choice:
            turn.say(SAY_NEXT_WISH, **{OPEN_TASK_SLOT: flow.title})
            turn.start(flow, wish.entities)
        if not frames or flow.name in (frame.flow for frame in frames):
            return
        depth = len(frames) - 1
        while depth > 0 and frames[depth].kind.is_called:
            depth -= 1
        entities: list[Value] = [[e.name, e.value, e.start, e.end] for e in wish.entities]
        turn.stack.wishes.append({"intent": wish.intent, "entities": entities, "depth": depth})

    def _within_limit(self, turn: Turn, action: str) -> str:
        """Gives the turn up as a fault when it runs more actions than any sane flow."""
        if action == LISTEN:
            return action
        turn.stack.actions += 1
        if turn.stack.actions != self.settings.max_actions + 1:
            return action
        give_up(turn)
        return next_action(turn)

    def _drop_unknown(self, turn: Turn) -> None:
        """Forgets running flows that a newer version of the project changed or removed."""
        for frame in turn.stack.frames:
            flow = self.flows.get(frame.flow)
            if flow is None or (frame.step not in flow.steps and frame.step != END):
                turn.stack.frames.clear()
                return
