"""The table of operations: every method of ``BillingClient`` has its place here."""

from collections.abc import Mapping
from datetime import datetime

from billing_client import analysis_views as analysis
from billing_client import views
from billing_client.wire import requests as ask
from billing_client.wire.operation import PDF, PNG, SVG, Operation

ACCOUNT = "/accounts/{account_no}"
ORDER = "/service-orders/{ticket_no}"


def _op(
    name: str, how: str, scope: str, summary: str, request: type[ask.Request], answer: object,
    *, paged: str | None = None,
) -> Operation:  # fmt: skip
    verb, path = how.split(" ")
    return Operation(name, verb, path, scope, summary, request, answer, paged)


def _open(
    name: str, how: str, scope: str, summary: str, request: type[ask.Request], answer: object,
    media: str = "application/json",
) -> Operation:  # fmt: skip
    """For nobody in particular: the request names no caller."""
    verb, path = how.split(" ")
    return Operation(
        name, verb, path, scope, summary, request, answer, for_caller=False, media=media
    )


# fmt: off
_IDENTITY = (
    _op("identify", "GET /identity", "identity",
        "Who the caller is: level and bound accounts", ask.Nothing, views.IdentityView),
    _op("request_code", "POST /identity/codes", "identity",
        "Send a one-time code to the phone on file", ask.RequestCode, views.CodeSentView),
    _op("confirm_code", "POST /identity/confirmations", "identity",
        "Prove the code: binds, and makes fresh for 15 minutes",
        ask.ConfirmCode, views.IdentityView),
    _op("unbind", f"DELETE {ACCOUNT}/binding", "identity",
        "Forget that the caller proved the account", ask.OfAccount, None),
)
_ACCOUNT = (
    _op("reminders", f"GET {ACCOUNT}/reminders", "accounts:read",
        "Which reminders the chat wants", ask.OfAccount, views.RemindersView),
    _op("set_reminders", f"PUT {ACCOUNT}/reminders", "accounts:write",
        "Switch reminders on or off", ask.SetReminders, views.RemindersView),
    _op("change_phone", f"PUT {ACCOUNT}/phone", "accounts:write",
        "Change the phone on file; needs a fresh code", ask.ChangePhone, views.AccountView),
)
_BILLS = (
    _op("bills", f"GET {ACCOUNT}/bills", "bills:read",
        "Bills of some periods, oldest first; without periods the latest",
        ask.Bills, tuple[views.BillView, ...], paged="bill_id"),
    _op("arrears", f"GET {ACCOUNT}/arrears", "bills:read",
        "What is owed, with late fees until today", ask.OfAccount, views.ArrearsView),
    _op("explain_bill", f"GET {ACCOUNT}/bills/{{bill_id}}/explanation", "bills:read",
        "A bill recomputed from its own lines, and why it differs from earlier ones",
        ask.OfBill, views.BillExplanationView),
    _op("balance", f"GET {ACCOUNT}/balance", "bills:read",
        "Prepaid money and open bills", ask.OfAccount, views.BalanceView),
)
_USE = (
    _op("usage", f"GET {ACCOUNT}/usage", "usage:read",
        "Use of the last 12 periods", ask.OfAccount, views.UsageView),
    _op("submit_reading", f"POST {ACCOUNT}/readings", "readings:write",
        "The customer's own reading of today, whole m³",
        ask.SubmitReading, views.SubmittedReadingView),
    _op("chart_url", f"GET {ACCOUNT}/usage/chart-url", "usage:read",
        "Address of the chart, signed", ask.OfAccount, str),
    _open("usage_chart", "GET /charts/{account_no}/{signature}.svg", "usage:read",
          "The chart of 12 periods", ask.Chart, str, SVG),
    _open("usage_chart_png", "GET /charts/{account_no}/{signature}.png", "usage:read",
          "The same as a picture of 1080 pixels; 204 without a Chinese font",
          ask.Chart, bytes, PNG),
    _op("tier_position", f"GET {ACCOUNT}/tier", "usage:read",
        "How far the tier year has come", ask.OfAccount, views.TierPositionView),
    _op("leak_signs", f"GET {ACCOUNT}/leak-signs", "usage:read",
        "Signs of a leak behind the meter", ask.OfAccount, analysis.LeakView),
    _op("forecast", f"GET {ACCOUNT}/forecast", "usage:read",
        "The next bill as a range; null with fewer than four bills",
        ask.OfAccount, analysis.ForecastView | None),
    _op("like_households", f"GET {ACCOUNT}/like-households", "usage:read",
        "Beside like households; null when fewer than ten",
        ask.OfAccount, analysis.LikeHouseholdsView | None),
    _op("saving_advice", f"GET {ACCOUNT}/saving-advice", "usage:read",
        "What saves water, each with its figures", ask.OfAccount, analysis.SavingAdviceView),
    _op("tariff", "GET /tariff", "public:read",
        "The price table of a customer class", ask.OfClass, views.TariffView),
)
_PAYMENT = (
    _op("payments", f"GET {ACCOUNT}/payments", "payments:read",
        "The last ten payments, newest first",
        ask.OfAccount, tuple[views.PaymentView, ...], paged="order_no"),
    _open("payment_methods", "GET /payment-methods", "public:read",
          "How customers can pay, the default first", ask.Nothing, tuple[str, ...]),
    _op("create_payment_order", f"POST {ACCOUNT}/payment-orders", "payments:write",
        "An order to pay bills, all arrears or an amount",
        ask.CreatePaymentOrder, views.PaymentOrderView),
    _op("payment_order", "GET /payment-orders/{order_no}", "payments:read",
        "A payment order and its state", ask.OfPaymentOrder, views.PaymentOrderView),
    _op("autopay", f"GET {ACCOUNT}/autopay", "payments:read",
        "The auto-pay contract", ask.OfAccount, views.AutopayView),
    _open("autopay_methods", "GET /autopay-methods", "public:read",
          "Where auto-pay can be signed, the default first", ask.Nothing, tuple[str, ...]),
    _op("sign_autopay", f"POST {ACCOUNT}/autopay", "payments:write",
        "Begin an auto-pay contract; needs a fresh code", ask.SignAutopay, views.AutopayView),
    _op("cancel_autopay", f"DELETE {ACCOUNT}/autopay", "payments:write",
        "End the auto-pay contract; needs a fresh code", ask.OfAccount, views.AutopayView),
    _op("instalment", f"GET {ACCOUNT}/instalment-plan", "payments:read",
        "The instalment plan; null when there never was one",
        ask.OfAccount, views.InstalmentView | None),
    _op("instalment_offer", f"GET {ACCOUNT}/instalment-offer", "payments:read",
        "In how many parts all may be paid, or why not",
        ask.OfAccount, views.InstalmentOfferView),
    _op("agree_instalment", f"POST {ACCOUNT}/instalment-plan", "payments:write",
        "Agree a plan; needs a fresh code", ask.AgreeInstalment, views.InstalmentView),
)
_REFUNDS = (
    _op("refundable", f"GET {ACCOUNT}/refundable-payments", "payments:read",
        "Payments whose money lies unused", ask.OfAccount, tuple[views.RefundableView, ...]),
    _op("request_refund", f"POST {ACCOUNT}/refunds", "payments:write",
        "Give unused money back the way it came; needs a fresh code",
        ask.RequestRefund, views.RefundView),
    _op("refunds", f"GET {ACCOUNT}/refunds", "payments:read",
        "The last ten refunds, newest first",
        ask.OfAccount, tuple[views.RefundView, ...], paged="refund_no"),
)
_PAPERS = (
    _op("bill_paper", f"GET {ACCOUNT}/bills/{{bill_id}}/paper", "bills:read",
        "A link to the bill as PDF, good for a day", ask.OfBill, views.PaperView),
    _op("invoice_offer", f"GET {ACCOUNT}/invoice-offer", "invoices:read",
        "What may go on one invoice, and what stands in the way",
        ask.OfPeriods, views.InvoiceOfferView),
    _op("request_invoice", f"POST {ACCOUNT}/invoices", "invoices:write",
        "One e-invoice over bills", ask.RequestInvoice, views.InvoiceView),
    _op("correct_invoice", f"POST {ACCOUNT}/invoices/{{request_no}}/correction", "invoices:write",
        "Take an invoice back and issue it with another title",
        ask.CorrectInvoice, views.InvoiceView),
    _op("invoices", f"GET {ACCOUNT}/invoices", "invoices:read",
        "The latest invoices and red letters, newest first",
        ask.OfAccount, tuple[views.InvoiceView, ...], paged="request_no"),
    _open("paper", "GET /papers/{kind}/{ref}/{token}.pdf", "bills:read",
          "The document behind a link", ask.Paper, bytes, PDF),
)
_SERVICE = (
    _op("open_service_order", "POST /service-orders", "orders:write",
        "Report or request something; the caller's open one is found again",
        ask.OpenServiceOrder, views.ServiceOrderView),
    _op("service_orders", "GET /service-orders", "orders:read",
        "The caller's last ten, newest first",
        ask.Nothing, tuple[views.ServiceOrderView, ...], paged="ticket_no"),
    _op("service_order", f"GET {ORDER}", "orders:read",
        "One of the caller's own", ask.OfServiceOrder, views.ServiceOrderView),
    _op("urge", f"POST {ORDER}/urgings", "orders:write",
        "Urge it once more", ask.OfServiceOrder, views.ServiceOrderView),
    _op("order_history", f"GET {ORDER}/history", "orders:read",
        "What happened to it, oldest first",
        ask.OfServiceOrder, tuple[views.OrderEventView, ...], paged="number"),
    _op("add_evidence", f"POST {ORDER}/evidence", "orders:write",
        "Add files; an order that waited for them goes on",
        ask.AddEvidence, views.ServiceOrderView),
    _op("withdraw_order", f"POST {ORDER}/withdrawal", "orders:write",
        "The customer no longer wants it", ask.OfServiceOrder, views.ServiceOrderView),
    _op("outages", "GET /outages", "public:read",
        "Of a place, else of the caller's accounts, else all",
        ask.OfPlace, tuple[views.OutageView, ...], paged="outage_id"),
)
_SURROUNDINGS = (
    _open("staff_on_duty", "GET /staff-on-duty", "public:read",
          "Is a person on duty?", ask.Nothing, bool),
    _open("now", "GET /now", "public:read",
          "The moment it is for billing", ask.Nothing, datetime),
    _open("take_notices", "POST /notices/claims", "notices",
          "Claim notices to push; a claim lapses after 60 seconds",
          ask.TakeNotices, tuple[views.NoticeView, ...]),
    _open("settle_notice", "POST /notices/{notice_id}/settlement", "notices",
          "The notice was pushed", ask.OfNotice, None),
    _open("notice_failed", "POST /notices/{notice_id}/failure", "notices",
          "The notice could not be delivered: it goes the next way", ask.OfNotice, None),
)
# fmt: on

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for group in (
        _IDENTITY,
        _ACCOUNT,
        _BILLS,
        _USE,
        _PAYMENT,
        _REFUNDS,
        _PAPERS,
        _SERVICE,
        _SURROUNDINGS,
    )
    for operation in group
}
