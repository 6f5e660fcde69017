"""Money back: what lies unused, read back, and given back the way it came."""

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import moment, month_range, yuan
from billing_client.client import BillingClient
from billing_client.views import PaymentView, RefundableView, RefundView

PAYMENTS_LISTED = 3
UNDER_WAY = ("WAITING_APPROVAL", "RED_LETTER", "RESERVED", "SENT", "ABNORMAL")


class FindRefundable(BillingAction):
    """The payment whose money may go back: slots ``refundable`` (fen) and ``refund_order``.

    A payment of a bill that was paid already comes first. ``refund_order`` stays empty where
    no provider can give the money back: then the business office does.
    """

    action_name = "action_find_refundable"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no = turn.slot("account_no")
        turn.set(refundable=None, refund_order=None)
        offers = await billing.refundable(turn.caller, account_no)
        paid = [p for p in await billing.payments(turn.caller, account_no) if p.state == "PAID"]
        listed = "\n".join(_payment_line(turn, one) for one in paid[:PAYMENTS_LISTED])
        if offers:
            chosen = next((one for one in offers if one.doubled), offers[0])
            self._say_found(turn, chosen, listed)
            return
        credit = (await billing.balance(turn.caller, account_no)).prepaid_fen
        running = await self._running(turn, billing, account_no)
        if running is not None:
            _say_state(turn, running)
        elif credit:  # money that came past the providers
            turn.set(refundable=credit)
            blanks = {"account_no": account_no, "amount": yuan(credit), "payments": listed}
            turn.say("utter_refundable", **blanks)
        else:
            turn.say("utter_nothing_refundable", account_no=account_no, payments=listed)

    def _say_found(self, turn: Turn, offer: RefundableView, listed: str) -> None:
        turn.set(refundable=offer.refundable_fen)
        if offer.original_way:
            turn.set(refund_order=offer.order_no)
        turn.say(
            "utter_refundable_doubled" if offer.doubled and offer.periods else "utter_refundable",
            account_no=offer.account_no,
            amount=yuan(offer.refundable_fen),
            months=month_range(offer.periods[0], offer.periods[-1]) if offer.periods else "",
            at=moment(offer.paid_at),
            payments=listed,
        )

    async def _running(
        self, turn: Turn, billing: BillingClient, account_no: str
    ) -> RefundView | None:
        refunds = await billing.refunds(turn.caller, account_no)
        return next((one for one in refunds if one.state in UNDER_WAY), None)


class AskRefundConfirmed(BillingAction):
    """Read back the amount that goes back."""

    action_name = "action_ask_refund_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        amount = yuan(int(turn.slot("refundable")))
        turn.set(request_details=turn.part("utter_part_refund_details", amount=amount))
        turn.say("utter_ask_refund_confirmed", amount=amount)


class RequestRefund(BillingAction):
    """Ask the provider to give it back. The same message never asks twice."""

    action_name = "action_request_refund"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        refund = await billing.request_refund(
            turn.caller,
            turn.slot("account_no"),
            order_no=turn.slot("refund_order"),
            amount_fen=int(turn.slot("refundable")),
            idempotency_key=turn.message_key,
        )
        _say_state(turn, refund)


def _say_state(turn: Turn, refund: RefundView) -> None:
    name = "utter_refund_waits" if refund.state == "WAITING_APPROVAL" else "utter_refund_sent"
    turn.say(name, refund_no=refund.refund_no, amount=yuan(refund.amount_fen))


def _payment_line(turn: Turn, payment: PaymentView) -> str:
    return turn.part(
        "utter_part_payment",
        at=moment(payment.paid_at or payment.created_at),
        amount=yuan(payment.amount_fen),
        state=turn.part("utter_part_payment_paid"),
    )
