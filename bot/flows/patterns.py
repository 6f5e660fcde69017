"""What people do in the middle of a task, once for all flows: the table of docs/flows.md.

Each pattern looks at the message, and either handles it (True) or leaves it to the next one.
"""

import re
from collections.abc import Callable

from bot.flows import answering, asides, earlier_period, reasons, several_accounts, wishing
from bot.flows.ending import hand_over, leave_task
from bot.flows.filling import take_option
from bot.flows.turn import Turn
from bot.flows.vocabulary import (
    AFFIRM,
    DENY,
    HUMAN_AGENT,
    INFORM,
    SAY_DESPAIR,
    SAY_NOTHING_ASKED,
    SAY_NOTHING_TO_STOP,
    STOP,
)
from bot.flows.walking import fail
from bot.flows.yes_or_no import LEAVES, yes_or_no

CANNOT_TELL = re.compile(
    r"不知道|不清楚|不晓得|不记得|记不[得住清]|忘了|忘记|找不[到着]|没有户号|没收到|收不到|没见着"
    r"|怎么[看查找]|在哪|哪里[看找有]|哪儿[看找有]|什么是|是什么|是啥|啥意思|什么意思|什么叫|啥叫"
)
"""Who says this to a question needs help with it, not the question again."""
ASKS_BACK = re.compile(
    r"^(?:都|具体)?(?:要|需要|带|准备|用)*(?:些)?(?:什么|哪些|啥)(?:材料|证件|资料|证明|东西)[^，,。]{0,4}$"
    r"|^(?:我?该|要|应该)?(?:写|填|说|发|提供)些?(?:什么|啥|哪些)[^，,。]{0,3}$"
    r"|^[怎咋]么?(?:写|填|说)[^，,。]{0,3}$"
)
"""什么材料, 写什么: a question back, also where any other words would be taken as they are."""
DESPAIR = re.compile(r"不想活|活不下去|想死了?算|自杀|轻生|跳楼|喝农药|割腕")
LONGEST_CANNOT_TELL = 20
"""Characters; a longer message says more than that."""


def is_in_despair(turn: Turn) -> bool:
    """Who speaks of not wanting to live gets help and a person, whatever else was going on."""
    if not DESPAIR.search(turn.message.text):
        return False
    hand_over(turn, "despair")
    turn.say_if_written(SAY_DESPAIR)
    return True


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
    leaves = bool(turn.stack.frames) and LEAVES.match(turn.message.text.strip()) is not None
    if not (turn.wishes(STOP) or leaves) or (question and STOP in question.intents):
        return False
    if question and take_option(question, turn.message, exact=True):
        return False  # the button 「确认取消」 sounds like a stop
    if question and question.is_confirm and yes_or_no(turn.message.text) is not None:
        return False  # 嗯，取消吧 · 先不交了
    if turn.stack.frames:
        leave_task(turn)
    else:
        turn.say(SAY_NOTHING_TO_STOP)
    return True


def cannot_tell(turn: Turn) -> bool:
    """不知道户号, 没收到验证码: the question's own help (`utter_help_SLOT`), then it again."""
    question, frame = turn.question, turn.stack.top
    text = turn.message.text.strip()
    if question is None or frame is None or len(text) > LONGEST_CANNOT_TELL:
        return False
    asks = ASKS_BACK if question.takes_any_words else CANNOT_TELL
    if not asks.search(text) or not turn.say_if_written(f"utter_help_{question.slot}"):
        return False
    fail(turn, frame, question, is_said=True)
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


PATTERNS: tuple[Callable[[Turn], bool], ...] = (
    is_in_despair,
    asks_for_a_person,
    asides.makes_a_choice,
    stops,
    asides.answers_an_offer,
    cannot_tell,
    several_accounts.takes_all_accounts,
    answering.corrects,
    answering.answers,
    reasons.asks_why,
    wishing.leaves_an_optional_question,
    several_accounts.means_another_account,
    earlier_period.asks_for_the_period_before,
    asides.goes_on_elliptically,
    asides.asks_what_now,
    wishing.names_a_topic,
    wishing.asks_a_general_question,
    wishing.is_beside_the_point,
    answering.tells_more,
    wishing.wishes_something,
    wishing.presses_a_button,
    answers_wrongly,
    answers_nothing,
    asides.is_not_understood,
)
"""Tried in this order; the last one takes whatever is left."""
