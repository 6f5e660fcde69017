"""What a custom action may tell the flow through the slot `flow_signal` after it ran."""

from bot.flows.ending import abandon, give_up, hand_over
from bot.flows.model import Collect
from bot.flows.turn import Turn
from bot.flows.vocabulary import SIGNAL_SLOT
from bot.flows.walking import fail, go_to, repeat_after


def heed(turn: Turn) -> None:
    """Reads and clears the signal; raises ValueError when an action sent one that is unknown."""
    signal = turn.slots.get(SIGNAL_SLOT)
    if not signal:
        return
    turn.set(SIGNAL_SLOT, None)
    kind, _, name = str(signal).partition(":")
    frame = turn.stack.top
    match kind:
        case "handover":
            hand_over(turn, "action")
        case "fault":
            give_up(turn)
        case _ if frame is None:
            return
        case "end":
            abandon(turn)
        case "retry":
            _retry(turn, name)
        case "call" if name in turn.flows:
            repeat_after(turn, frame, name)
        case _:
            raise ValueError(f"unknown flow_signal {signal!r}")


def _retry(turn: Turn, slot: str) -> None:
    """Asks the slot's question again; the action has said why."""
    frame = turn.stack.frames[-1]
    question: Collect | None = turn.flow_of(frame).collect_of(slot)
    if question is None:
        raise ValueError(f"flow_signal retry:{slot}: flow {frame.flow} has no such question")
    turn.set(slot, None)
    go_to(frame, question.id)
    fail(turn, frame, question, is_said=True)
