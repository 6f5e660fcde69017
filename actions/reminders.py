"""Which notices this chat wants: shown, switched on and off."""

import re

from actions.billing_action import BillingAction
from actions.turn import Turn
from billing_client.client import BillingClient

# Words that switch off; all else of a wish about reminders switches on.
OFF = re.compile(r"别|不要|不用|不想|不需要|关|取消|退订|停|免打扰|烦|(?i:td|n)$")
TOPIC_WORDS = {
    "bill": re.compile(r"账单|帐单|出账|水费单"),
    "due": re.compile(r"到期|催|欠费|缴费提醒|交费提醒"),
    "outage": re.compile(r"停水"),
    "usage": re.compile(r"用水|漏水|异常"),
}


class SetReminders(BillingAction):
    """Do what the message says; without a topic named, all of them. Slot ``reminders_done``."""

    action_name = "action_set_reminders"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no = turn.slot("account_no")
        said = str(turn.slot("reminders_wish") or turn.said)
        now = (await billing.reminders(turn.caller, account_no)).wanted
        named = [topic for topic, words in TOPIC_WORDS.items() if words.search(said)]
        wanted = {topic: OFF.search(said) is None for topic in named or now}
        view = await billing.set_reminders(turn.caller, account_no, wanted)
        turn.say(
            "utter_reminders_set",
            account_no=account_no,
            on=_listed(turn, view.wanted, wanted=True),
            off=_listed(turn, view.wanted, wanted=False),
        )


def _listed(turn: Turn, topics: dict[str, bool], *, wanted: bool) -> str:
    names = [
        turn.part(f"utter_part_reminder_{name}") for name, on in topics.items() if on is wanted
    ]
    return "、".join(names) or turn.part("utter_part_reminder_none")
