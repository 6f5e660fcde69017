"""Walks a flow step by step until an action must run or the customer must speak."""

from bot.flows.ending import finish, give_up, has_level, leave_task
from bot.flows.model import (
    END,
    Branch,
    Call,
    Collect,
    Finish,
    Flow,
    Level,
    Run,
    SetSlots,
    Step,
)
from bot.flows.stack import Choice, Doing, Frame, Kind
from bot.flows.turn import Turn
from bot.flows.vocabulary import (
    ASK_OFFER_PERSON,
    LEVEL_SLOT,
    LINK_ACCOUNT_FLOW,
    LISTEN,
    OPEN_TASK_SLOT,
    SAY_NOT_UNDERSTOOD,
    TARGET_LEVEL_SLOT,
)

TRIES = 3
"""Failed answers to one question before a person is offered."""
LONGEST_WALK = 200
"""Steps without an action in between; more is a loop that the checker let through."""


def next_action(turn: Turn) -> str:
    """The action that Rasa shall run now; action_listen when it is the customer's turn."""
    for _ in range(LONGEST_WALK):
        if turn.stack.sayings:
            action, slots = turn.stack.sayings.pop(0)
            for slot, value in slots.items():
                turn.set(slot, value)
            return action
        frame = turn.stack.top
        if frame is None or turn.stack.choice or frame.doing is Doing.wait:
            return LISTEN
        action = _step(turn, frame)
        if action:
            return action
    give_up(turn)
    return turn.stack.sayings.pop(0)[0]


def _step(turn: Turn, frame: Frame) -> str | None:
    """Does one step; the action it needs, or None when the walk goes on."""
    flow = turn.flow_of(frame)
    if not frame.admitted:
        return _admit(turn, frame, flow)
    step = flow.steps.get(frame.step)
    match step:
        case None:
            finish(turn, completed=frame.step == END)
        case Collect():
            return _collect(turn, frame, step)
        case Run():
            return _run(turn, frame, step, step.action)
        case Finish(response=str(response)) if frame.doing is not Doing.run:
            return _run(turn, frame, step, response)
        case Finish():
            finish(turn, completed=False)
        case Call():
            turn.start(turn.flows[step.flow], turn.message.entities, kind=Kind.call)
        case _:
            _pass(turn, frame, step)
    return None


def _pass(turn: Turn, frame: Frame, step: Step) -> None:
    """Steps that neither say nor ask: branches, set slots, jumps."""
    if isinstance(step, SetSlots):
        for slot, value in step.values.items():
            turn.set(slot, value)
    if isinstance(step, Branch) and not step.condition.holds(turn.slots):
        go_to(frame, step.otherwise)
    else:
        go_to(frame, step.next)


def go_to(frame: Frame, step: str) -> None:
    """Moves the frame to a step that has done nothing yet."""
    frame.step = step
    frame.doing = Doing.nothing
    frame.retried = 0


def link_account(turn: Turn, need: int, kind: Kind) -> None:
    """Puts the flow that raises the identity level on top."""
    turn.set(TARGET_LEVEL_SLOT, need)
    frame = turn.start(turn.flows[LINK_ACCOUNT_FLOW], turn.message.entities, kind=kind)
    frame.need = need


def _admit(turn: Turn, frame: Frame, flow: Flow) -> None:
    """Lets a flow begin; before that the customer may have to prove who they are."""
    frame.admitted = True
    if flow.level > Level.anyone and not has_level(turn, flow.level):
        link_account(turn, int(flow.level), Kind.level)


def _run(turn: Turn, frame: Frame, step: Step, action: str) -> str | None:
    if frame.doing is Doing.run:
        go_to(frame, step.next)
        return None
    frame.doing = Doing.run
    turn.set(OPEN_TASK_SLOT, turn.title_of(frame))
    return action


def _collect(turn: Turn, frame: Frame, step: Collect) -> str | None:
    is_filled = turn.slots.get(step.slot) is not None
    if frame.doing is Doing.check:
        if not is_filled:
            fail(turn, frame, step, is_said=True)
            return None
        frame.checked.append(step.slot)
    may_skip = step.skip_if_set or step.slot in frame.answered
    if is_filled and (may_skip or frame.doing is Doing.ask):
        return _accept(turn, frame, step)
    if frame.doing is Doing.ask:
        frame.doing = Doing.wait
        return None
    return _ask(turn, frame, step)


def _accept(turn: Turn, frame: Frame, step: Collect) -> str | None:
    """Checks a value once, then goes on; a no to a confirm goes where the flow says."""
    if step.check and step.slot not in frame.checked:
        frame.doing = Doing.check
        return step.check
    if not step.skip_if_set:
        forget(frame, step.slot)  # whoever comes back here is asked again
    elif step.slot not in frame.answered:
        frame.answered.append(step.slot)
    if step.is_confirm and turn.slots.get(step.slot) is False:
        if step.otherwise:
            go_to(frame, step.otherwise)
        else:
            leave_task(turn)
    else:
        go_to(frame, step.next)
    return None


def _ask(turn: Turn, frame: Frame, step: Collect) -> str:
    frame.doing = Doing.ask
    forget(frame, step.slot)
    turn.set(step.slot, None)
    turn.set(OPEN_TASK_SLOT, turn.title_of(frame))
    return step.ask


def forget(frame: Frame, slot: str) -> None:
    """What was answered and checked for this slot counts no longer."""
    frame.answered = [name for name in frame.answered if name != slot]
    frame.checked = [name for name in frame.checked if name != slot]


def fail(turn: Turn, frame: Frame, step: Collect, *, is_said: bool = False) -> None:
    """Counts a failed answer: says what is expected, then with an example, then offers a person.

    `is_said`: a check has said already what is wrong.
    """
    tries = frame.tries.get(step.slot, 0) + 1
    frame.tries[step.slot] = tries
    forget(frame, step.slot)
    frame.doing = Doing.nothing
    if tries >= TRIES:
        frame.doing = Doing.wait
        offer_person(turn)
        return
    if not is_said and not turn.say_if_written(f"utter_invalid_{step.slot}"):
        turn.say(SAY_NOT_UNDERSTOOD)
    if tries > 1:
        turn.say_if_written(f"utter_example_{step.slot}")


def offer_person(turn: Turn) -> None:
    """Asks whether a person shall take over."""
    turn.say(ASK_OFFER_PERSON)
    turn.stack.choice = Choice("person")


def repeat_after(turn: Turn, frame: Frame, flow: str) -> None:
    """Runs another flow, then the frame's step again; once only, so that it cannot circle."""
    frame.retried += 1
    if frame.retried > 1:
        give_up(turn)
        return
    frame.doing = Doing.nothing
    if flow == LINK_ACCOUNT_FLOW:
        wanted = turn.slots.get(TARGET_LEVEL_SLOT)
        known = turn.slots.get(LEVEL_SLOT)
        level = int(known) if isinstance(known, int | float) else 0
        need = int(wanted) if isinstance(wanted, int | float) else min(Level.fresh, level + 1)
        link_account(turn, need, Kind.again)
    else:
        turn.start(turn.flows[flow], turn.message.entities, kind=Kind.again)
