"""A bill thought wrong: what made it differ from others, and whether water is being lost."""

from actions.billing_action import BillingAction
from actions.bills import chosen_bill
from actions.turn import Turn
from actions.wording import cubic_metres, month, yuan
from billing_client.analysis_views import BillChangeView
from billing_client.client import BillingClient
from billing_client.views import BillView

REASONS = ("use", "tier", "price", "other")
"""The parts of a difference, in the order in which they are told."""


class CompareBill(BillingAction):
    """The bill beside the one before and that of a year ago, to the fen, and signs of a leak."""

    action_name = "action_compare_bill"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        bill = await chosen_bill(turn, billing)
        if bill is None:
            turn.say("utter_no_bill_yet")
            turn.signal("end")
            return
        explained = await billing.explain_bill(turn.caller, bill.account_no, bill.bill_id)
        turn.set(bill_id=bill.bill_id)
        changes = "\n".join(_change(turn, bill, change) for change in explained.changes)
        turn.say(
            "utter_bill_compared",
            month=month(bill.period),
            total=yuan(bill.total_fen),
            used=cubic_metres(bill.used_l),
            first=cubic_metres(bill.reading_from_l),
            last=cubic_metres(bill.reading_to_l),
            changes=changes or turn.part("utter_part_nothing_to_compare"),
        )
        if bill.estimated:
            turn.say("utter_part_bill_estimated")
        leak = await billing.leak_signs(turn.caller, bill.account_no)
        if leak.verdict == "likely":
            turn.say("utter_leak_seen", litres=leak.lost_l_a_day or 0)


def _change(turn: Turn, bill: BillView, change: BillChangeView) -> str:
    difference = bill.total_fen - change.total_fen
    way = "more" if difference > 0 else "less" if difference < 0 else "same"
    return turn.part(
        f"utter_part_change_{way}",
        against=turn.part(f"utter_part_against_{change.against}", month=month(change.period)),
        total=yuan(change.total_fen),
        used=cubic_metres(change.used_l),
        difference=yuan(abs(difference)),
        reasons=_reasons(turn, change),
    )


def _reasons(turn: Turn, change: BillChangeView) -> str:
    parts = [(name, int(getattr(change, f"{name}_fen"))) for name in REASONS]
    told = [
        turn.part(f"utter_part_because_{name}_{'up' if fen > 0 else 'down'}", amount=yuan(abs(fen)))
        for name, fen in parts
        if fen
    ]
    return "，".join(told)
