"""How a flow ends: done, left or given up; its slots go, and what waited goes on."""

from typing import cast

from bot.flows.message import Entity
from bot.flows.model import END, Flow, Level, Value
from bot.flows.stack import Doing, Frame, Kind
from bot.flows.turn import Turn
from bot.flows.vocabulary import (
    HANDOVER_REASON_SLOT,
    HUMAN_AGENT,
    LEVEL_SLOT,
    OPEN_TASK_SLOT,
    SAY_BACK_TO_TASK,
    SAY_FAULT,
    SAY_FLOW_LEFT,
    SAY_NEXT_WISH,
    SAY_RESUME_TASK,
    TARGET_LEVEL_SLOT,
)


def finish(turn: Turn, *, completed: bool = True) -> None:
    """Ends the running flow. Only a completed one makes its offer or is followed up."""
    frame = turn.stack.frames[-1]
    flow = turn.flow_of(frame)
    if completed and not frame.is_followed and _follow_up(turn, frame):
        frame.step = END  # the flow keeps its slots until the last words, which may name them
        return
    if flow.digression:
        remember(turn, flow)
    _drop_top(turn)
    if frame.kind.is_called:
        _return_to_caller(turn, frame)
    else:
        go_on_below(turn, frame)


def leave_task(turn: Turn) -> None:
    """Leaves the running task, with the flows that it called, and says so."""
    _say_left(turn)
    left = drop_task(turn)
    turn.stack.wishes.clear()
    go_on_below(turn, left)


def abandon(turn: Turn) -> None:
    """Ends the running task, with the flows that it called, without a word."""
    go_on_below(turn, drop_task(turn))


def return_to(turn: Turn, position: int) -> None:
    """Leaves the tasks above this position and takes up the waiting one again."""
    _say_left(turn)
    above = turn.stack.frames[position + 1 :]
    own = next((n for n, frame in enumerate(above) if not frame.kind.is_called), len(above))
    for _ in above[own:]:
        _drop_top(turn)
    _resume(turn, SAY_RESUME_TASK)


def give_up(turn: Turn) -> None:
    """Leaves everything after a fault of ours and apologises."""
    _drop_all(turn)
    turn.set(HANDOVER_REASON_SLOT, "fault")
    turn.say(SAY_FAULT)


def hand_over(turn: Turn, reason: str) -> None:
    """Leaves everything and starts the flow that brings a person; keeps the open task's title."""
    frame = turn.stack.top
    title = turn.title_of(frame) if frame else None
    flow = turn.flow_for(HUMAN_AGENT)
    if flow is None:
        raise LookupError(f"no flow starts with {HUMAN_AGENT}")
    _drop_all(turn)
    turn.set(HANDOVER_REASON_SLOT, reason)
    turn.set(OPEN_TASK_SLOT, title)
    turn.start(flow, turn.message.entities, kind=Kind.task)


def go_on_below(turn: Turn, ended: Frame) -> None:
    """Takes up a second wish whose turn has come, else the flow that waits below."""
    if _start_wish(turn, ended):
        return
    if turn.stack.frames and not turn.flow_of(ended).is_menu:
        is_side = ended.kind is Kind.digression
        _resume(turn, SAY_BACK_TO_TASK if is_side else SAY_RESUME_TASK)


def _say_left(turn: Turn) -> None:
    turn.say_of_task(SAY_FLOW_LEFT, turn.stack.frames[-1])


def _resume(turn: Turn, words: str) -> None:
    """The waiting frame asks its question again, after words that name its task."""
    frame = turn.stack.frames[-1]
    turn.say_of_task(words, frame)
    frame.doing = Doing.nothing


def _return_to_caller(turn: Turn, ended: Frame) -> None:
    if not turn.stack.frames:
        return
    caller = turn.stack.frames[-1]
    caller.doing = Doing.nothing
    if ended.need:
        turn.set(TARGET_LEVEL_SLOT, None)
    if ended.need and not has_level(turn, ended.need):
        abandon(turn)
    elif ended.kind is Kind.call:
        caller.step = turn.step_of(caller).next


def has_level(turn: Turn, level: int) -> bool:
    """Whether the customer is known surely enough."""
    known = turn.slots.get(LEVEL_SLOT)
    return (isinstance(known, int | float) and known >= level) or level == Level.anyone


def _drop_top(turn: Turn) -> None:
    """Takes the top frame off; clears its slots that no flow below needs, puts back theirs."""
    frame = turn.stack.frames.pop()
    below: frozenset[str] = frozenset()
    if frame.kind.is_called:
        below = frozenset().union(*(turn.flow_of(other).own_slots for other in turn.stack.frames))
    for slot in sorted(turn.flow_of(frame).own_slots - below):
        turn.set(slot, frame.saved.get(slot))


def drop_task(turn: Turn) -> Frame:
    """Takes the running task and what it called off the stack; returns the task's frame."""
    while turn.stack.frames[-1].kind.is_called and len(turn.stack.frames) > 1:
        _drop_top(turn)
    frame = turn.stack.frames[-1]
    _drop_top(turn)
    turn.set(TARGET_LEVEL_SLOT, None)
    return frame


def _drop_all(turn: Turn) -> None:
    while turn.stack.frames:
        _drop_top(turn)
    stack = turn.stack
    stack.sayings.clear()
    stack.wishes.clear()
    stack.offer = stack.choice = stack.last = None
    stack.misses = 0
    turn.set(TARGET_LEVEL_SLOT, None)


def _follow_up(turn: Turn, frame: Frame) -> bool:
    """Says what follows the last step when nothing else waits, and remembers an offer."""
    frame.is_followed = True
    if len(turn.stack.frames) > 1 or turn.stack.wishes:
        return False
    flow = turn.flow_of(frame)
    for offer in flow.offers:
        if offer.condition is None or offer.condition.holds(turn.slots):
            turn.say(offer.ask)
            known = {slot: turn.slots.get(slot) for slot in turn.flows[offer.yes].own_slots}
            slots = {slot: value for slot, value in sorted(known.items()) if value is not None}
            turn.stack.offer = {"flow": offer.yes, "slots": cast(Value, slots)}
            return True
    if flow.follow_up:
        turn.say(flow.follow_up)
        turn.stack.offer = {"flow": None}
    return flow.follow_up is not None


def remember(turn: Turn, flow: Flow) -> None:
    """Keeps what a read-only flow was asked about, for an elliptic next question."""
    if flow.first_fills:
        details = {slot: turn.slots.get(slot) for slot in flow.first_fills}
        turn.stack.last = {"flow": flow.name, "slots": cast(Value, details)}


def _start_wish(turn: Turn, ended: Frame) -> bool:
    wishes = turn.stack.wishes
    if not wishes or cast(int, wishes[-1]["depth"]) < len(turn.stack.frames):
        return False
    wish = wishes.pop()
    flow = turn.flow_for(str(wish["intent"]))
    if flow is None:
        return False
    entities = tuple(Entity(*cast(list[object], e)) for e in cast(list[object], wish["entities"]))  # pyright: ignore[reportArgumentType]
    if not turn.flow_of(ended).is_remark:
        turn.say(SAY_NEXT_WISH, **{OPEN_TASK_SLOT: flow.title})
    turn.start(flow, entities)
    return True
