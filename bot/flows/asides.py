"""The patterns beside a task: choices of the engine, offers, ellipsis, what is not understood."""

import re
from typing import cast

from bot.flows.ending import hand_over, leave_task
from bot.flows.filling import chosen, chosen_button
from bot.flows.message import Entity
from bot.flows.model import Flow, Value
from bot.flows.stack import Choice, Doing
from bot.flows.turn import Turn
from bot.flows.vocabulary import (
    AFFIRM,
    ANSWERING_INTENTS,
    ASK_CLARIFY,
    ASK_CLARIFY_ONE,
    CLARIFY_FIRST_SLOT,
    CLARIFY_SECOND_SLOT,
    DENY,
    SAY_NOTHING_ASKED,
    SAY_OFFER_DECLINED,
    SAY_REPHRASE,
    STOP,
)
from bot.flows.walking import TRIES, offer_person

__all__ = ["TRIES"]
PERSON, GO_ON, LEAVE = 0, 1, 2
"""The buttons of utter_offer_person, in this order: 转人工, 继续办理, 先不办了."""
ELLIPTIC = re.compile(r"^(?:那|那么|还有|换成).{1,16}$|^.{1,12}呢[?？。]?$")
WHAT_NOW = re.compile(
    r"^(?:那|这|可)*(?:我|我们|现在|接下来)*(?:该|要|应该|可以)?"
    r"(?:[怎咋](?:么)?(?:办|弄|整|搞|处理)|如何是好)(?:呢|啊|呀|嘛|才好|好)*[?？!！。]*$"
)
"""那怎么办, after the answer."""
MOST_WAITING = 4
"""Tasks on the stack; people forget what they began before that."""


def makes_a_choice(turn: Turn) -> bool:
    """Answers a question of the engine itself; anything else drops the question."""
    choice = turn.stack.choice
    turn.stack.choice = None
    if choice is None:
        return False
    return _chooses_flow(turn, choice) if choice.kind == "clarify" else _chooses_person(turn)


def _chooses_flow(turn: Turn, choice: Choice) -> bool:
    flows = [turn.flows[name] for name in choice.flows if name in turn.flows]
    position = chosen(turn.message.text, [flow.title for flow in flows])
    if position is None:
        position = chosen_button(turn.message.text, turn.message.buttons)
    if position is None and len(flows) == 1 and turn.wishes(AFFIRM):
        position = 0
    if len(flows) == 1 and (position == 1 or turn.wishes(DENY)):
        turn.say(SAY_REPHRASE)
        return True
    if position is None:
        return False
    kept = tuple(Entity(*entity) for entity in choice.entities)  # pyright: ignore[reportArgumentType]
    turn.start(flows[position], kept + turn.message.entities)
    return True


def _chooses_person(turn: Turn) -> bool:
    position = chosen_button(turn.message.text, turn.message.buttons)
    if position is None:
        meant = {AFFIRM: PERSON, DENY: GO_ON, STOP: LEAVE}
        position = meant.get(turn.message.intent) if turn.is_understood else None
    if position == PERSON:
        hand_over(turn, "not_understood")
    elif position == GO_ON:
        _go_on(turn)
    elif position == LEAVE and turn.stack.frames:
        leave_task(turn)
    elif position == LEAVE:
        turn.say(SAY_OFFER_DECLINED)
    return position in (PERSON, GO_ON, LEAVE)


def _go_on(turn: Turn) -> None:
    frame = turn.stack.top
    if frame is None:
        turn.say(SAY_REPHRASE)
        return
    frame.tries.clear()
    frame.doing = Doing.nothing


def answers_an_offer(turn: Turn) -> bool:
    """Yes to 「要现在缴费吗」 starts that flow with what is known; no ends it politely."""
    offer = turn.stack.offer
    turn.stack.offer = None
    if offer is None:
        return False
    flow = turn.flows.get(str(offer["flow"]))
    is_same_wish = flow is not None and (
        turn.message.intent in flow.starts_with
        or any(name in turn.message.text for name in flow.named)
    )
    asks_what_now = WHAT_NOW.match(turn.message.text.strip()) is not None
    if turn.wishes(DENY):
        turn.say(SAY_OFFER_DECLINED)
    elif flow and (turn.wishes(AFFIRM) or asks_what_now or (turn.is_understood and is_same_wish)):
        turn.start(flow, turn.message.entities, cast(dict[str, Value], offer["slots"]))
    elif turn.wishes(AFFIRM):
        turn.say(SAY_NOTHING_ASKED)
    else:
        return False
    return True


def goes_on_elliptically(turn: Turn) -> bool:
    """那上个月呢: the last read-only flow again, with the new detail."""
    last = turn.stack.last
    flow = turn.flows.get(str(last["flow"])) if last else None
    if last is None or flow is None or not _is_elliptic(turn):
        return False
    accepted = {name for slot in flow.first_fills for name in flow.entities_of(slot)}
    if not any(entity.name in accepted for entity in turn.message.entities):
        return False
    turn.start(flow, turn.message.entities, details_of_last(turn, flow))
    return True


def _is_elliptic(turn: Turn) -> bool:
    if not turn.is_understood or turn.message.intent in ANSWERING_INTENTS:
        return True
    return ELLIPTIC.match(turn.message.text.strip()) is not None and (
        turn.message.confidence < turn.settings.switch_threshold
    )


def details_of_last(turn: Turn, flow: Flow) -> dict[str, Value]:
    """What the same read-only flow was asked about just before."""
    last = turn.stack.last
    if not last or not _is_elliptic_wording(turn):
        return {}
    slots = cast(dict[str, Value], last["slots"])
    if last["flow"] != flow.name and not turn.message.text.startswith(("那", "这", "它")):
        return {}
    return {
        slot: value
        for slot, value in slots.items()
        if value is not None and slot in flow.first_fills
    }


def _is_elliptic_wording(turn: Turn) -> bool:
    is_bare = turn.message.intent in ANSWERING_INTENTS or not turn.is_understood
    return is_bare or ELLIPTIC.match(turn.message.text.strip()) is not None


def drop_oldest_beyond_limit(turn: Turn) -> None:
    """Forgets the oldest waiting task when too many wait."""
    frames = turn.stack.frames
    roots = [n for n, frame in enumerate(frames) if not frame.kind.is_called]
    if len(roots) < MOST_WAITING:
        return
    for frame in frames[: roots[1]]:
        for slot in turn.flow_of(frame).own_slots:
            turn.set(slot, None)
    del frames[: roots[1]]
    kept: set[str] = set()
    for frame in frames:  # what was put aside for a flow that is gone must not come back
        frame.saved = {slot: value for slot, value in frame.saved.items() if slot in kept}
        kept |= turn.flow_of(frame).own_slots


def asks_what_now(turn: Turn) -> bool:
    """那怎么办 with nothing offered: not beside the point, but more than the bot can tell."""
    if turn.stack.frames or not WHAT_NOW.match(turn.message.text.strip()):
        return False
    turn.stack.misses = 0
    offer_person(turn)
    return True


def is_not_understood(turn: Turn) -> bool:
    """First asked to say it otherwise, or which of two near meanings; then a person is offered."""
    stack = turn.stack
    stack.misses += 1
    if stack.misses > 1:
        stack.misses = 0
        offer_person(turn)
        return True
    near = _near_meanings(turn)
    if not near:
        turn.say(SAY_REPHRASE)
        return True
    names = (CLARIFY_FIRST_SLOT, CLARIFY_SECOND_SLOT)
    slots = {slot: flow.title for slot, flow in zip(names, near, strict=False)}
    turn.say(ASK_CLARIFY if len(near) > 1 else ASK_CLARIFY_ONE, **slots)
    entities = [[e.name, e.value, e.start, e.end] for e in turn.message.entities]
    stack.choice = Choice("clarify", [flow.name for flow in near], entities)
    return True


def _near_meanings(turn: Turn) -> list[Flow]:
    """The flows of the first two meanings, or of the first, as far as they are tasks and likely."""
    likely = [
        (turn.flow_for(intent), sure)
        for intent, sure in turn.message.ranking[:2]
        if sure >= turn.settings.clarify_floor
    ]
    tasks = [flow for flow, _ in likely if flow and not flow.is_remark]
    if not tasks or tasks[0] is not likely[0][0] or (len(tasks) > 1 and tasks[0] is tasks[1]):
        return []
    is_enough = len(tasks) > 1 or likely[0][1] >= turn.settings.clarify_alone
    return tasks if is_enough else []
