"""Money back and invoices: what there is, read back, before a request is opened."""

import re

from actions.billing_action import BillingAction
from actions.bills import chosen_bill
from actions.turn import Turn
from actions.wording import moment, month, yuan
from billing_client.client import BillingClient
from billing_client.views import BillView, PaymentView

# 统一社会信用代码 has 18 characters (GB 32100-2015); older tax numbers 15 or 20.
TAX_NUMBER = re.compile(r"(?<![0-9A-Z])(?:[0-9A-Z]{18}|[0-9A-Z]{15}|[0-9A-Z]{20})(?![0-9A-Z])")
PAYMENTS_LISTED = 3


class FindRefundable(BillingAction):
    """The credit of the account; slot ``refundable`` is its fen, or None when there is none."""

    action_name = "action_find_refundable"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        account_no = turn.slot("account_no")
        credit = (await billing.balance(turn.caller, account_no)).prepaid_fen
        turn.set(refundable=credit or None)
        paid = [p for p in await billing.payments(turn.caller, account_no) if p.state == "PAID"]
        listed = "\n".join(_payment_line(turn, one) for one in paid[:PAYMENTS_LISTED])
        name = "utter_refundable" if credit else "utter_nothing_refundable"
        turn.say(name, account_no=account_no, amount=yuan(credit), payments=listed)


class AskRefundConfirmed(BillingAction):
    """Read back the amount that goes back."""

    action_name = "action_ask_refund_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        amount = yuan(int(turn.slot("refundable")))
        turn.set(request_details=turn.part("utter_part_refund_details", amount=amount))
        turn.say("utter_ask_refund_confirmed", amount=amount)


class FindInvoiceable(BillingAction):
    """The paid bill that an invoice is wanted for; slot ``invoice_bill`` is its period."""

    action_name = "action_find_invoiceable"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        bill = await chosen_bill(turn, billing)
        turn.set(invoice_bill=None)
        if bill is None:
            turn.say("utter_no_bill_yet")
        elif bill.invoice_no:
            turn.say("utter_invoiced_before", month=month(bill.period), invoice_no=bill.invoice_no)
        elif bill.state != "paid":
            turn.say("utter_invoice_after_payment", month=month(bill.period), open=_open(bill))
        else:
            turn.set(invoice_bill=bill.period)
            turn.say("utter_invoiceable", month=month(bill.period), amount=yuan(bill.total_fen))


class CheckInvoiceTitle(BillingAction):
    """A company's invoice needs its name and its tax number in slot ``request_details``."""

    action_name = "action_check_invoice_title"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        said = str(turn.slot("request_details") or "").upper().replace(" ", "")
        number = TAX_NUMBER.search(said)
        name = TAX_NUMBER.sub("", said).strip("，,。、:：;； ")
        if number is None or not name:
            turn.set(request_details=None)
            turn.say("utter_invalid_invoice_title")
            return
        turn.set(request_details=f"{name} {number.group()}")


class AskInvoiceConfirmed(BillingAction):
    """Read back period and title."""

    action_name = "action_ask_invoice_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        title = turn.slot("request_details") or turn.part("utter_part_invoice_personal")
        period = month(str(turn.slot("invoice_bill")))
        turn.set(request_details=f"{period} {title}")
        turn.say("utter_ask_invoice_confirmed", month=period, title=title)


def _open(bill: BillView) -> str:
    return yuan(bill.open_fen)


def _payment_line(turn: Turn, payment: PaymentView) -> str:
    return turn.part(
        "utter_part_payment",
        at=moment(payment.paid_at or payment.created_at),
        amount=yuan(payment.amount_fen),
        state=turn.part("utter_part_payment_paid"),
    )
