"""The customer reads the meter: the figure is checked, entered, and answered with its bill."""

import re

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import cubic_metres, day, yuan
from billing_client.client import BillingClient
from billing_client.errors import BillingRefusal, ReadingRefused
from billing_client.views import SubmittedReadingView

DIGITS = re.compile(r"\d{1,8}")
"""Black digits of a dial; meters show five to eight (CJ/T 188 gives eight)."""


class SubmitReading(BillingAction):
    """Enter slot ``meter_reading``; one that cannot be right is asked for once more.

    The same figure a second time is not argued with: billing sends somebody to read.
    """

    action_name = "action_submit_reading"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        shown = _digits(turn.slot("meter_reading"))
        if shown is None:
            turn.set(meter_reading=None)
            turn.say("utter_invalid_meter_reading")
            return
        photos = tuple(turn.slot("photos") or ())
        account_no = turn.slot("account_no")
        taken = await billing.submit_reading(turn.caller, account_no, shown, photos=photos)
        turn.set(meter_reading=shown)
        _say_taken(turn, taken)

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        if not isinstance(refusal, ReadingRefused):
            super().refused(turn, refusal)
            return
        facts = dict(refusal.facts)
        facts["last_on"] = day(facts["last_on"]) if facts.get("last_on") else ""
        turn.say(f"utter_refused_{refusal.code}", **facts)
        if facts.get("ticket_no"):
            turn.set(ticket_no=facts["ticket_no"])
            turn.say("utter_reading_sent_to_check", ticket_no=facts["ticket_no"])
            turn.signal("end")
            return
        turn.say("utter_reading_look_again")
        turn.set(meter_reading=None)


def _digits(said: object) -> int | None:
    found = DIGITS.findall(str(said or "").replace(" ", ""))
    return int(found[0]) if len(found) == 1 else None


def _say_taken(turn: Turn, taken: SubmittedReadingView) -> None:
    turn.say(
        "utter_reading_taken",
        shown=taken.shown_m3,
        account_no=taken.account_no,
        used=cubic_metres(taken.used_l),
        since=day(taken.since),
    )
    if taken.estimated_fen is not None:
        turn.say(
            "utter_reading_estimate",
            amount=yuan(taken.estimated_fen),
            used=cubic_metres(taken.estimated_l or taken.used_l),
        )
