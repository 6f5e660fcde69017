"""What people do in the middle of a task, once for all flows: the table of docs/flows.md.

Each pattern looks at the message, and either handles it (True) or leaves it to the next one.
"""

from collections.abc import Callable

from bot.flows import answering, asides
from bot.flows.ending import hand_over, leave_task, return_to
from bot.flows.filling import take_option
from bot.flows.model import Flow
from bot.flows.stack import Doing
from bot.flows.turn import Turn
from bot.flows.vocabulary import (
    AFFIRM,
    ANSWER_FAQ,
    DENY,
    FAQ,
    FAQ_TOPIC_SLOT,
    HUMAN_AGENT,
    INFORM,
    OUT_OF_SCOPE,
    SAY_BACK_TO_TASK,
    SAY_NOTHING_ASKED,
    SAY_NOTHING_TO_STOP,
    STOP,
)
from bot.flows.walking import fail


def asks_for_a_person(turn: Turn) -> bool:
    """转人工 at any moment, unless the open question asks just that."""
    question = turn.question
    if not turn.wishes(HUMAN_AGENT) or (question and HUMAN_AGENT in question.intents):
        return False
    hand_over(turn, "asked")
    return True


def stops(turn: Turn) -> bool:
    """算了不办了: leaves the running task; nothing is done."""
    question = turn.question
    if not turn.wishes(STOP) or (question and STOP in question.intents):
        return False
    if question and take_option(question, turn.message, exact=True):
        return False  # the button 「确认取消」 sounds like a stop
    if turn.stack.frames:
        leave_task(turn)
    else:
        turn.say(SAY_NOTHING_TO_STOP)
    return True


def asks_a_general_question(turn: Turn) -> bool:
    """faq: answered from the texts; then the open question again."""
    if not turn.wishes(FAQ) or turn.flow_for(FAQ):
        return False
    if turn.question and not turn.is_confident_wish:
        return False
    turn.say(ANSWER_FAQ, **{FAQ_TOPIC_SLOT: turn.message.faq_topic})
    _ask_again(turn)
    return True


def wishes_something(turn: Turn) -> bool:
    """Another task, or a side question: it runs now and what is open waits."""
    flow = turn.flow_for(turn.message.intent) if turn.is_understood else None
    if flow is None or (turn.stack.frames and not turn.is_confident_wish):
        return False
    running = [frame.flow for frame in turn.stack.frames]
    if flow.name not in running:
        _begin(turn, flow)
    elif _is_running(turn, flow):
        _repeat_question(turn)
    else:
        return_to(turn, running.index(flow.name))
    return True


def is_beside_the_point(turn: Turn) -> bool:
    """The weather, while a question waits: answered shortly, and counted as a failed answer."""
    question, frame = turn.question, turn.stack.top
    if question is None or frame is None or not turn.wishes(OUT_OF_SCOPE):
        return False
    flow = turn.flow_for(OUT_OF_SCOPE)
    if flow is None or not flow.is_remark:
        return False
    tries = frame.tries.get(question.slot, 0)
    if tries + 1 >= asides.TRIES:
        return False
    frame.tries[question.slot] = tries + 1
    turn.start(flow)
    return True


def answers_wrongly(turn: Turn) -> bool:
    """Nothing that the open question could take."""
    question, frame = turn.question, turn.stack.top
    if question is None or frame is None:
        return False
    fail(turn, frame, question)
    return True


def answers_nothing(turn: Turn) -> bool:
    """Yes, no or a bare value though nothing was asked: says so, begins no task."""
    if turn.stack.frames or not any(turn.wishes(intent) for intent in (AFFIRM, DENY, INFORM)):
        return False
    turn.say(SAY_NOTHING_ASKED)
    return True


def _begin(turn: Turn, flow: Flow) -> None:
    asides.drop_oldest_beyond_limit(turn)
    turn.start(flow, turn.message.entities, asides.details_of_last(turn, flow))


def _is_running(turn: Turn, flow: Flow) -> bool:
    """Whether the flow is the running task itself (perhaps waiting for one that it called)."""
    for frame in reversed(turn.stack.frames):
        if frame.flow == flow.name:
            return True
        if not frame.kind.is_called:
            return False
    return False


def _repeat_question(turn: Turn) -> None:
    answering.fill_empty(turn)
    turn.stack.frames[-1].doing = Doing.nothing


def _ask_again(turn: Turn) -> None:
    frame = turn.stack.top
    if frame:
        turn.say_of_task(SAY_BACK_TO_TASK, frame)
        frame.doing = Doing.nothing


PATTERNS: tuple[Callable[[Turn], bool], ...] = (
    asks_for_a_person,
    asides.makes_a_choice,
    stops,
    asides.answers_an_offer,
    answering.corrects,
    answering.answers,
    asides.goes_on_elliptically,
    asks_a_general_question,
    is_beside_the_point,
    wishes_something,
    answering.tells_more,
    answers_wrongly,
    answers_nothing,
    asides.is_not_understood,
)
"""Tried in this order; the last one takes whatever is left."""
