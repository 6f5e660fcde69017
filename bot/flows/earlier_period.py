"""The pattern 再往前一个月呢: the last answer about a period again, for the period before it."""

import re
from typing import cast

from bot.flows.model import Value
from bot.flows.turn import Turn
from bot.flows.vocabulary import PERIOD_SLOT

EARLIER = re.compile(
    r"^(?:那|还有)?(?:再(?:往前|早|上|前)|往前)(?:推|数|查)?(?:一|1)?个?(?:月|期)的?呢?[?？]?$"
)
MONTHS = 12


def asks_for_the_period_before(turn: Turn) -> bool:
    """One month before the period that was shown last."""
    last = turn.stack.last
    flow = turn.flows.get(str(last["flow"])) if last else None
    slots = cast(dict[str, Value], last["slots"]) if last else {}
    period = slots.get(PERIOD_SLOT)
    if flow is None or not isinstance(period, dict) or turn.question:
        return False
    if not EARLIER.match(turn.message.text.strip()):
        return False
    before = _month_before(str(period["first"]))
    turn.start(flow, given={**slots, PERIOD_SLOT: {"first": before, "last": before}})
    return True


def _month_before(period: str) -> str:
    year, month = (int(part) for part in period.split("-"))
    earlier = year * MONTHS + month - 2
    return f"{earlier // MONTHS}-{earlier % MONTHS + 1:02d}"
