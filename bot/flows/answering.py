"""The patterns by which a message fills slots: an answer, a correction, details given ahead."""

import re

from bot.flows import graph
from bot.flows.filling import (
    LONGEST_INEXACT_CHOICE,
    SHORTEST_TELLING_WORD,
    Answer,
    take_entity,
    take_intent,
    take_option,
    take_pattern,
    take_words,
    told_by_button,
)
from bot.flows.message import Entity
from bot.flows.model import Collect, Flow
from bot.flows.stack import Frame
from bot.flows.turn import Turn
from bot.flows.walking import forget, go_to
from bot.flows.yes_or_no import yes_or_no

CORRECTING = re.compile(r"^(?:不对|不是|错了|[弄说搞写]错|改一下|哦?不)|改成|改为|说错了|应该是")

PLACE = "address"
DOUBT = re.compile(r"不|别|没|甭|吗|[?？]|怎么|为什么|等|晚点")
"""With one of these the wish said again is no yes."""
WANTS = re.compile(r"[?？吗呢]$|帮我|我要|我想|想要")
ASKS = re.compile(r"多少|[怎咋]么?|什么|啥|几|查|交|付|办")
SHORTEST_ACCOUNT, LONG_ACCOUNT = 8, 16
"""Characters. What is shorter may be a wish where an account of what happened was asked for;
a long one may ask in anger (怎么还照收) without wanting an answer."""
WHOLE_PLACE = re.compile(r"[路街巷弄村苑园里庄城府湾镇]|小区|大厦|广场")
"""A place without one of these only says more about the one that is known."""


def answers(turn: Turn) -> bool:
    """The message is an answer to the open question (and may tell more besides)."""
    question, frame = turn.question, turn.stack.top
    if question is None or frame is None:
        return False
    answer = _answer(turn, question)
    if answer is None:
        return False
    _fill(turn, frame, question, answer)
    used = [answer.entity] if answer.entity else []
    _add_to_place(turn, frame, used)
    _fill_ahead(turn, frame, question, used, told_by_button(turn.message))
    return True


def corrects(turn: Turn) -> bool:
    """不对，是300块: a new value for a slot of this flow that was given already."""
    frame, question = turn.stack.top, turn.question
    if frame is None or question is None or not _may_correct(turn):
        return False
    fits_question = (
        question.text
        or take_option(question, turn.message, exact=True)
        or take_entity(question.entities, turn.message.entities)
        or take_words(question, turn.message.text)
    )
    if fits_question and not CORRECTING.search(turn.message.text):
        return False
    changed = _changed_slots(turn, turn.flow_of(frame), question)
    if not changed:
        return False
    _go_back(turn, frame, changed)
    return True


def tells_more(turn: Turn) -> bool:
    """Details that later questions of this flow would ask for; the open one is asked again."""
    is_sure = turn.is_confident_wish and turn.message.confidence >= turn.settings.switch_threshold
    if turn.question is None or is_sure or not fill_empty(turn):
        return False
    go_to(turn.stack.frames[-1], turn.stack.frames[-1].step)
    return True


def fill_empty(turn: Turn) -> bool:
    """Fills slots of the running flow that are still empty; whether there was one."""
    frame, question = turn.stack.top, turn.question
    return bool(frame and question and _fill_ahead(turn, frame, question, []))


def _answer(turn: Turn, question: Collect) -> Answer | None:
    fitting = take_pattern(question, turn.message.text)
    if fitting:
        return fitting
    if question.is_confirm and (said := _said_to_confirm(turn)) is not None:
        return Answer(said)
    if question.takes_any_words and _tells(turn.message.text):
        return Answer(turn.message.text.strip())
    if turn.is_confident_wish and not _is_own_wish(turn):
        return _answer_of_a_wish(turn, question)
    entities = turn.message.entities
    return (
        take_option(question, turn.message)
        or (take_intent(question, turn.message) if turn.is_understood else None)
        or take_entity(question.entities, entities)
        or take_words(question, turn.message.text)
        or (Answer(turn.message.text.strip()) if _takes_text(turn, question) else None)
    )


def _said_to_confirm(turn: Turn) -> bool | None:
    """Yes or no in words, or the wish said again: 退款 to 要我登记退款吗."""
    said = yes_or_no(turn.message.text)
    if said is not None or not _is_own_wish(turn) or turn.message.entities:
        return said
    return None if DOUBT.search(turn.message.text) else True


def _answer_of_a_wish(turn: Turn, question: Collect) -> Answer | None:
    """A message that sounds like another wish answers only when it fits the question well."""
    option = take_option(question, turn.message, exact=True)
    if option or turn.message.intent in question.intents:
        return option or take_intent(question, turn.message)
    if len(turn.message.text) <= LONGEST_INEXACT_CHOICE:
        worded = take_words(question, turn.message.text)
        if worded:
            return worded
    answer = take_entity(question.entities, turn.message.entities)
    if answer is None or answer.entity is None:
        return None
    is_weak = turn.message.confidence < turn.settings.switch_threshold
    return answer if is_weak or turn.message.covers_most(answer.entity) else None


def _takes_text(turn: Turn, question: Collect) -> bool:
    return question.text and bool(turn.message.text.strip())


def _tells(text: str) -> bool:
    """An account of what happened, even if it sounds like a matter of its own: 等了一天也没人来."""
    said = text.strip()
    if len(said) < SHORTEST_ACCOUNT or WANTS.search(said):
        return False
    return len(said) >= LONG_ACCOUNT or not ASKS.search(said)


def _is_own_wish(turn: Turn) -> bool:
    """Whether the intent is that of the running flow: a leak reported again tells its place."""
    return turn.is_understood and turn.message.intent in turn.running_task.starts_with


def _fill(turn: Turn, frame: Frame, question: Collect, answer: Answer) -> None:
    forget(frame, question.slot)
    turn.set(question.slot, answer.value)
    frame.answered.append(question.slot)
    go_to(frame, question.id)


def _fill_ahead(
    turn: Turn,
    frame: Frame,
    question: Collect,
    used: list[Entity],
    told: tuple[Entity, ...] = (),
) -> bool:
    """Empty questions that come later in the flow take the entities that are left.

    ``told`` by a button comes first.
    """
    found = False
    entities = (*told, *turn.message.entities)
    for step in _questions_ahead(turn.flow_of(frame), question):
        if turn.slots.get(step.slot) is not None:
            continue
        answer = take_entity(step.entities, entities, used) or take_words(
            step, turn.message.text, shortest=SHORTEST_TELLING_WORD
        )
        if answer:
            used += [answer.entity] if answer.entity else []
            turn.set(step.slot, answer.value)
            found = True
    return found


def _add_to_place(turn: Turn, frame: Frame, used: list[Entity]) -> None:
    """3栋2单元 after 和平里 is more of the same place."""
    known = turn.slots.get(PLACE)
    found = take_entity((PLACE,), turn.message.entities, used)
    if PLACE not in frame.answered or not isinstance(known, str) or found is None:
        return
    more = str(found.value)
    if found.entity and more not in known and not WHOLE_PLACE.search(more):
        used.append(found.entity)
        turn.set(PLACE, known + more)


def _questions_ahead(flow: Flow, question: Collect) -> list[Collect]:
    ahead = graph.reachable(flow, question.next)
    return [
        step
        for step in flow.collects()
        if step.id in ahead and step.slot != question.slot and not step.is_confirm
    ]


def _may_correct(turn: Turn) -> bool:
    if not turn.is_confident_wish or _is_own_wish(turn):
        return True
    return CORRECTING.search(turn.message.text) is not None


def _changed_slots(turn: Turn, flow: Flow, question: Collect) -> dict[str, Entity]:
    """Details of the flow that are said otherwise now, or only now though their step is over."""
    changed: dict[str, Entity] = {}
    ahead = {step.slot for step in _questions_ahead(flow, question)}
    slots = [step.slot for step in flow.collects() if not step.is_confirm]
    slots += [slot for slot in flow.first_fills if slot not in slots]
    for slot in slots:
        known = turn.slots.get(slot)
        if slot == question.slot or (known is None and slot in ahead):
            continue
        used = list(changed.values())
        answer = take_entity(flow.entities_of(slot), turn.message.entities, used)
        if answer and answer.entity and answer.value != known:
            changed[slot] = answer.entity
    return changed


def _go_back(turn: Turn, frame: Frame, changed: dict[str, Entity]) -> None:
    """Goes on from the first changed question; every confirmation after it is asked again.

    A detail whose question the flow has not passed decides from the start which way it goes.
    """
    flow = turn.flow_of(frame)
    has_passed = all(slot in frame.answered for slot in changed)
    for slot, entity in changed.items():
        forget(frame, slot)
        turn.set(slot, entity.value)
    for step in flow.collects():
        if step.is_confirm:
            forget(frame, step.slot)
            turn.set(step.slot, None)
    passed = [step.id for step in flow.collects() if step.slot in changed]
    go_to(frame, passed[0] if has_passed and passed else flow.first)
