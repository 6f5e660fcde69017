"""E-invoices: what may be invoiced, to whom, asked for, given again, corrected."""

import re

from actions.billing_action import BillingAction
from actions.turn import Turn
from actions.wording import month, month_range, yuan
from billing_client.client import BillingClient
from billing_client.errors import BillingRefusal
from billing_client.views import InvoiceOfferView, InvoiceView

# 统一社会信用代码 has 18 characters (GB 32100-2015); older tax numbers 15 or 20.
TAX_NUMBER = re.compile(r"(?<![0-9A-Z])(?:[0-9A-Z]{18}|[0-9A-Z]{15}|[0-9A-Z]{20})(?![0-9A-Z])")
EMAIL = re.compile(r"[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
LABELS = re.compile(r"(?:单位)?(?:名称|抬头|税号|纳税人识别号|邮箱|是|为)[:：]?")
EDGES = "，,。、:：;； "
TITLE_REASONS = ("title_name", "tax_number_form", "tax_number_check")


class FindInvoiceable(BillingAction):
    """The paid bills that an invoice is wanted for: slots ``invoice_bills``, ``invoice_bill``.

    Where they have one, slot ``invoice_made`` is its number and the invoice is given again;
    ``invoice_bill`` stays empty when there is nothing more to do.
    """

    action_name = "action_find_invoiceable"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        turn.set(invoice_bill=None, invoice_bills=None, invoice_made=None)
        period = turn.slot("bill_period") or {"first": None, "last": None}
        offer = await billing.invoice_offer(
            turn.caller, turn.slot("account_no"), period["first"], period["last"]
        )
        if offer.bills:
            self._offer(turn, offer)
        elif offer.made:
            self._give_again(turn, offer.made[0])
        elif offer.made_elsewhere:
            bill = offer.made_elsewhere[-1]
            turn.say("utter_invoiced_before", month=month(bill.period), invoice_no=bill.invoice_no)
        elif offer.unpaid:
            owed = yuan(sum(bill.open_fen for bill in offer.unpaid))
            months = month_range(offer.unpaid[0].period, offer.unpaid[-1].period)
            turn.say("utter_invoice_after_payment", month=months, open=owed)
        else:
            turn.say("utter_no_bill_yet")

    def _offer(self, turn: Turn, offer: InvoiceOfferView) -> None:
        bills = offer.bills
        months = month_range(bills[0].period, bills[-1].period)
        turn.set(invoice_bill=months, invoice_bills=[bill.bill_id for bill in bills])
        turn.say("utter_invoiceable", month=months, amount=yuan(offer.total_fen))
        if offer.left_out_fen:
            turn.say("utter_invoice_left_out", amount=yuan(offer.left_out_fen))
        if offer.unpaid:
            unpaid = month_range(offer.unpaid[0].period, offer.unpaid[-1].period)
            turn.say("utter_invoice_without_unpaid", month=unpaid)

    def _give_again(self, turn: Turn, made: InvoiceView) -> None:
        months = month_range(made.periods[0], made.periods[-1])
        if made.url is None:
            turn.say("utter_invoice_on_its_way", month=months)
            return
        turn.set(invoice_bill=months, invoice_made=made.request_no)
        turn.say(
            "utter_invoice_again",
            month=months,
            invoice_no=made.invoice_no,
            link=("utter_part_invoice_link", made.url),
        )


class CheckInvoiceTitle(BillingAction):
    """A company's name and tax number, and an e-mail address where one is written, as slots."""

    action_name = "action_check_invoice_title"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        said = str(turn.slot("request_details") or "")
        email = EMAIL.search(said)
        said = EMAIL.sub("", said).upper().replace(" ", "")
        number = TAX_NUMBER.search(said)
        name = LABELS.sub("", TAX_NUMBER.sub("", said)).strip(EDGES)
        if number is None or not name:
            turn.set(request_details=None)
            turn.say("utter_invalid_invoice_title")
            return
        turn.set(
            request_details=f"{name} {number.group()}",
            invoice_name=name,
            invoice_tax_no=number.group(),
            invoice_email=email.group() if email else None,
        )


class AskInvoiceConfirmed(BillingAction):
    """Read back period and title."""

    action_name = "action_ask_invoice_confirmed"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        corrects = turn.slot("invoice_made") is not None
        turn.say(
            "utter_ask_invoice_corrected" if corrects else "utter_ask_invoice_confirmed",
            month=turn.slot("invoice_bill"),
            title=_title(turn),
        )


class RequestInvoice(BillingAction):
    """Ask for the invoice, or for one with another title. The same message never asks twice."""

    action_name = "action_request_invoice"

    async def act(self, turn: Turn, billing: BillingClient) -> None:
        title = {"title_kind": turn.slot("invoice_title")}
        if title["title_kind"] == "company":
            title |= {
                "title_name": turn.slot("invoice_name"),
                "tax_no": turn.slot("invoice_tax_no"),
            }
        made, account_no = turn.slot("invoice_made"), turn.slot("account_no")
        if made:
            await billing.correct_invoice(
                turn.caller, account_no, request_no=made, idempotency_key=turn.message_key, **title
            )
            turn.say("utter_invoice_correcting", title=_title(turn))
            return
        invoice = await billing.request_invoice(
            turn.caller,
            account_no,
            bill_ids=tuple(turn.slot("invoice_bills")),
            email=turn.slot("invoice_email"),
            idempotency_key=turn.message_key,
            **title,
        )
        turn.say("utter_invoice_requested", month=turn.slot("invoice_bill"), title=_title(turn))
        if invoice.email:
            turn.say("utter_invoice_mailed_too", email=invoice.email)

    def refused(self, turn: Turn, refusal: BillingRefusal) -> None:
        """A wrong title is asked for again."""
        if refusal.facts.get("reason") not in TITLE_REASONS:
            super().refused(turn, refusal)
            return
        turn.say(f"utter_refused_{refusal.code}")
        turn.set(request_details=None)
        turn.signal("retry:request_details")


def _title(turn: Turn) -> str:
    if turn.slot("invoice_title") == "company":
        return str(turn.slot("request_details"))
    return turn.part("utter_part_invoice_personal")
