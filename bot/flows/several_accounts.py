"""The patterns of a customer with several accounts: both of them, the other one."""

import re
from typing import cast

from bot.flows.model import Value
from bot.flows.turn import Turn
from bot.flows.vocabulary import ACCOUNT_SLOT, ACCOUNTS_SLOT
from bot.flows.walking import go_to

OTHER_ACCOUNT = re.compile(
    r"^(?:那|还有|再)?(?:查|看)?(?:一?下)?(?:另外?|别的?|其他|剩下)(?:那|一|两)*(?:个|户|套|处)?"
    r"(?:的|户号|房子)?呢?[?？。吧]?$"
)
"""另一个呢, 那另外一户呢, 看下别的."""
ALL_ACCOUNTS = re.compile(
    r"^(?:我?都|全部?|两个?|俩|一起|所有)[^不]{0,6}$|^[两俩三几]个?户?号?都[^不]{1,4}$"
)
"""都查, 全部, 两个都交."""
SEVERAL = 2


def takes_all_accounts(turn: Turn) -> bool:
    """都要, to which account: the first one now, the same wish for the others after it."""
    question, frame = turn.question, turn.stack.top
    accounts = [button.payload for button in turn.message.buttons]
    if question is None or frame is None or question.slot != ACCOUNT_SLOT:
        return False
    if len(accounts) < SEVERAL or not ALL_ACCOUNTS.match(turn.message.text.strip()):
        return False
    turn.set(ACCOUNT_SLOT, accounts[0])
    frame.answered.append(ACCOUNT_SLOT)
    go_to(frame, question.id)
    intent = next(iter(turn.running_task.starts_with), None)
    depth = max(0, len(turn.stack.frames) - 2)
    for account in reversed(accounts[1:]):
        entity: list[Value] = [ACCOUNT_SLOT, account, 0, 0]
        turn.stack.wishes.append({"intent": intent, "entities": [entity], "depth": depth})
    return True


def means_another_account(turn: Turn) -> bool:
    """另一个呢, after an answer about one of several accounts: the same for the other one."""
    last = turn.stack.last
    flow = turn.flows.get(str(last["flow"])) if last else None
    slots = cast(dict[str, Value], last["slots"]) if last else {}
    accounts = cast(list[Value], turn.slots.get(ACCOUNTS_SLOT) or [])
    if flow is None or ACCOUNT_SLOT not in slots or len(accounts) < SEVERAL:
        return False
    if turn.question or not OTHER_ACCOUNT.match(turn.message.text.strip()):
        return False
    others = [account for account in accounts if account != slots[ACCOUNT_SLOT]]
    turn.start(flow, given={**slots, ACCOUNT_SLOT: others[0] if len(others) == 1 else None})
    return True
