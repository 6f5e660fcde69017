"""Which payment methods are offered: those that the utility has connected, and no others."""

import json

from actions.billing_action import BillingAction
from actions.turn import Turn
from billing_client.client import BillingClient

SLOT = "pay_method"


def keep_offered_method(turn: Turn, methods: tuple[str, ...]) -> None:
    """A method that the customer named and the utility does not have is told, and not kept."""
    named = turn.slot(SLOT)
    if named is None or named in methods:
        return
    turn.set(**{SLOT: None})
    turn.say("utter_method_not_offered", methods=method_words(turn, methods))


def method_words(turn: Turn, methods: tuple[str, ...]) -> str:
    """微信支付、支付宝."""
    return "、".join(turn.part(f"utter_part_method_{method}") for method in methods)


def method_options(
    turn: Turn, methods: tuple[str, ...], yes: str, no: str, kind: str = "method"
) -> list[tuple[str, str]]:
    """A yes for each method while none is chosen, else one yes; and a no."""
    refuse = (turn.part(no), "/deny")
    if len(methods) < 2 or turn.slot(SLOT):
        return [(turn.part(yes), "/affirm"), refuse]
    chosen = (
        (
            turn.part(f"utter_part_{kind}_{method}"),
            "/affirm" + json.dumps({"payment_method": method}),
        )
        for method in methods
    )
    return [*chosen, refuse]


class ShowPaymentMethods(BillingAction):
    """How one can pay here."""

    action_name = "action_show_payment_methods"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        methods = method_words(turn, await billing.payment_methods())
        turn.say("utter_payment_methods", methods=methods)
