"""The pattern 为啥: after an answer about a bill, the flow that explains that very bill."""

import re
from typing import cast

from bot.flows.ending import drop_task
from bot.flows.model import Flow, Value
from bot.flows.turn import Turn

WHY = re.compile(
    r"^(?:那|这|可是|但是|可)?(?:个|是|又是|到底|究竟)*(?:为啥|为什么|为何|咋回事|怎么回事|怎么会|咋会|凭啥|凭什么"
    r"|[怎咋]么?算的?|哪来的|怎么来的|[怎咋]么?这么[多贵高]|(?:是?什么|啥)原因)"
    r"(?:呢|呀|啊|嘛|的|得|出来|这么|这样|[多贵高])*[?？!！。]*$"
)


def asks_why(turn: Turn) -> bool:
    """为啥 to a flow that names another for it (`why`): it runs for the same details.

    An optional question is over with that, any other is asked again after the explanation.
    """
    if not WHY.match(turn.message.text.strip()):
        return False
    asked = _asked_about(turn)
    if asked is None:
        return False
    flow, details = asked
    if turn.question and turn.question.optional:
        drop_task(turn)
    given = {slot: value for slot, value in details.items() if slot in flow.first_fills}
    turn.start(flow, given=given)
    return True


def _asked_about(turn: Turn) -> tuple[Flow, dict[str, Value]] | None:
    """The flow that explains, and what the running or the last flow was about."""
    if turn.stack.frames:
        task = turn.running_task
        details = {slot: turn.slots.get(slot) for slot in task.first_fills}
    elif turn.stack.last:
        task = turn.flows.get(str(turn.stack.last["flow"]))
        details = cast(dict[str, object], turn.stack.last["slots"])
    else:
        return None
    flow = turn.flows.get(task.why) if task and task.why else None
    return (flow, cast(dict[str, Value], details)) if flow else None
