"""The patterns by which a message begins something: another task, a side question, a topic."""

import re

from bot.flows import answering, asides
from bot.flows.ending import drop_task, remember, return_to
from bot.flows.filling import IGNORED, chosen_button
from bot.flows.model import Flow
from bot.flows.stack import Doing
from bot.flows.turn import Turn
from bot.flows.vocabulary import (
    ANSWER_FAQ,
    FAQ,
    FAQ_TOPIC_SLOT,
    INFORM,
    OUT_OF_SCOPE,
    SAY_BACK_TO_TASK,
    SAY_OFFER_DECLINED,
)

BESIDE_A_TOPIC = re.compile(
    r"^(?:你好|您好|请问|麻烦|那个|那么|那|嗯)*(?:我|俺|咱)?(?:想|要|需要|来)?(?:问|咨询|查|办|办理|弄|搞)?(?:一?下)?"
    r"(?:帮我|给我|关于)?(?:个)?|(?:的)?(?:问题|事情|事儿|事|业务)?(?:一?下)?[吧呗啊呀呢吗]*$"
)
"""What people put around the bare name of a topic: 我要报修, 帮我报修一下."""


def asks_a_general_question(turn: Turn) -> bool:
    """faq: answered from the texts; then the open question again."""
    if not turn.wishes(FAQ) or turn.flow_for(FAQ):
        return False
    if turn.question and not turn.is_confident_wish:
        return False
    turn.say(ANSWER_FAQ, **{FAQ_TOPIC_SLOT: turn.message.faq_topic})
    _ask_again(turn)
    return True


def names_a_topic(turn: Turn) -> bool:
    """报修 and nothing more: the flow that asks which of its matters is meant."""
    said = IGNORED.sub("", turn.message.text)
    bare = BESIDE_A_TOPIC.sub("", said)
    flow = next((f for f in turn.flows.values() if bare in f.named or said in f.named), None)
    if flow is None:
        return False
    begin(turn, flow)
    return True


def presses_a_button(turn: Turn) -> bool:
    """The title of a button under the last words, or a piece of it: 交 for 交水费."""
    if turn.is_confident_wish:
        return False
    position = chosen_button(turn.message.text, turn.message.buttons)
    if position is None:
        return False
    payload = turn.message.buttons[position].payload
    flow = turn.flow_for(payload[1:]) if payload.startswith("/") else None
    if flow is None:
        return False
    begin(turn, flow)
    return True


def wishes_something(turn: Turn) -> bool:
    """Another task, or a side question: it runs now and what is open waits."""
    flow = turn.flow_for(turn.message.intent) if turn.is_understood else None
    if flow is None:
        return False
    if turn.stack.frames and not turn.is_confident_wish and not _may_ask_aside(flow):
        return False
    if turn.message.intent == OUT_OF_SCOPE and not turn.is_surely_beside:
        return False
    running = [frame.flow for frame in turn.stack.frames]
    if flow.name not in running:
        begin(turn, flow)
    elif _is_running(turn, flow):
        _repeat_question(turn)
    else:
        return_to(turn, running.index(flow.name))
    return True


def _may_ask_aside(flow: Flow) -> bool:
    """A look at one's own data does no harm: better than to call the message a wrong answer."""
    return flow.digression and not flow.is_remark


def leaves_an_optional_question(turn: Turn) -> bool:
    """Something else than an answer to a question that need not be answered: the flow is over."""
    question = turn.question
    if question is None or not question.optional:
        return False
    task = turn.running_task
    remember(turn, turn.flows.get(task.why or "", task))
    last = turn.stack.last
    drop_task(turn)
    turn.stack.last = last
    if turn.is_confident_wish or turn.message.intent == INFORM or turn.stack.frames:
        return False
    turn.say(SAY_OFFER_DECLINED)  # 我看看, 再说吧: the customer has what was wanted
    return True


def is_beside_the_point(turn: Turn) -> bool:
    """The weather, while a question waits: answered shortly, and counted as a failed answer."""
    question, frame = turn.question, turn.stack.top
    if question is None or frame is None or not turn.is_surely_beside:
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


def begin(turn: Turn, flow: Flow) -> None:
    """Starts a flow with what the message tells, and what the same flow was asked just before."""
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
