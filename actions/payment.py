"""Paying: what there is to pay, the order at the provider, its state."""

from actions.billing_action import BillingAction
from actions.pay_method import keep_offered_method, method_options
from actions.turn import Turn
from actions.wording import moment, month_range, yuan
from billing_client.client import BillingClient
from billing_client.errors import AmountRefused, BillingRefusal
from billing_client.views import BillView, PaymentOrderView


class PreparePayment(BillingAction):
    """Work out what is to be paid; slots ``payable``, ``pay_fen``, ``pay_bills``.

    ``payable`` is arrears, bill (of the period named), amount, or nothing.
    """

    action_name = "action_prepare_payment"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no, period = turn.slot("account_no"), turn.slot("bill_period")
        amount, open_bills = turn.slot("amount"), ()
        if amount == 0:
            turn.say("utter_amount_too_small")
            turn.signal("end")
            return
        if period:
            bills = await billing.bills(turn.caller, account_no, period["first"], period["last"])
            open_bills = tuple(bill for bill in bills if bill.open_fen > 0)
        if isinstance(amount, int):
            self._set(turn, "amount", amount, open_bills)
        elif open_bills:
            self._set(turn, "bill", sum(bill.open_fen for bill in open_bills), open_bills)
        else:  # no period named, or nothing open in it: all that is owed
            arrears = await billing.arrears(turn.caller, account_no)
            payable = "arrears" if arrears.open_fen else "nothing"
            self._set(turn, payable, arrears.open_fen, arrears.bills)

    def _set(self, turn: Turn, payable: str, fen: int, bills: tuple[BillView, ...]) -> None:
        turn.set(payable=payable, pay_fen=fen, pay_bills=[bill.bill_id for bill in bills])
        turn.set(pay_what=month_range(bills[0].period, bills[-1].period) if bills else None)


class AskPayConfirm(BillingAction):
    """Read back account and amount before an order is made."""

    action_name = "action_ask_pay_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        payable = turn.slot("payable")
        methods = await billing.payment_methods()
        keep_offered_method(turn, methods)
        turn.say(
            f"utter_ask_pay_{payable}",
            options=method_options(turn, methods, "utter_part_confirm_pay", "utter_part_not_pay"),
            account_no=turn.slot("account_no"),
            amount=yuan(turn.slot("pay_fen")),
            what=turn.slot("pay_what") or "",
        )


class TakePayMethod(BillingAction):
    """Who did not choose pays by the first method. Fills ``pay_method``, asks nothing."""

    action_name = "action_take_pay_method"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        turn.set(pay_method=(await billing.payment_methods())[0])


class CreatePaymentOrder(BillingAction):
    """The order at the provider: link and code. The same message never makes two."""

    action_name = "action_create_payment_order"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        exact = turn.slot("payable") == "amount"
        order = await billing.create_payment_order(
            turn.caller,
            turn.slot("account_no"),
            idempotency_key=turn.message_key,
            amount_fen=turn.slot("pay_fen") if exact else None,
            bill_ids=tuple(turn.slot("pay_bills") or ()),
            method=turn.slot("pay_method"),
        )
        turn.set(order_no=order.order_no)
        _say_order(turn, order)

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        super().refused(turn, refusal)
        if isinstance(refusal, AmountRefused):
            turn.set(amount=None)


def _say_order(turn: Turn, order: PaymentOrderView) -> None:
    turn.say(
        "utter_payment_order_again" if order.reused else "utter_payment_order",
        amount=yuan(order.amount_fen),
        order_no=order.order_no,
        expires=moment(order.expires_at),
        method=turn.part(f"utter_part_method_{order.method}"),
        link=("utter_part_pay_link", order.pay_url),
        image=_code(turn, order),
    )


def _code(turn: Turn, order: PaymentOrderView) -> tuple[str, str] | None:
    """The code to scan, where the order has one."""
    if not order.qr_url:
        return None
    return order.qr_url, turn.part("utter_part_qr", amount=yuan(order.amount_fen))
