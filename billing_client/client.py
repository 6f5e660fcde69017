"""The door to billing: everything a bot, a channel or a desk may ask for.

Each method names its caller first. What the caller may see or do is decided
behind this door, by the verified identity (``services/identity.py`` holds the
one table of levels), and a refusal is a ``BillingRefusal``.

``account_no=None`` means the caller's only bound account; with several bound,
``NotBound(accounts=…)`` is never guessed: the caller is asked which.
"""

from datetime import datetime
from typing import Any, Protocol

from billing_client import analysis_views, views
from billing_client.views import Caller


class BillingClient(Protocol):
    """Either side fits behind it: the bundled core in-process, or a remote one."""

    # identity
    async def identify(self, caller: Caller) -> views.IdentityView: ...
    async def request_code(self, caller: Caller, wanted: str | None = None) -> views.CodeSentView:
        """Send a code to the phone on file of an account number, or to that phone itself.

        ``None``: the only bound account. What is unknown and too many tries are refused.
        """
        ...

    async def confirm_code(self, caller: Caller, code: str) -> views.IdentityView:
        """Bind what the code was sent for and make the caller fresh for 15 minutes."""
        ...

    async def unbind(self, caller: Caller, account_no: str) -> None: ...

    # the account
    async def reminders(self, caller: Caller, account_no: str) -> views.RemindersView: ...
    async def set_reminders(
        self, caller: Caller, account_no: str, wanted: dict[str, bool]
    ) -> views.RemindersView:
        """Switch topics (bill, due, outage, usage) on or off for this chat and account."""
        ...

    async def change_phone(self, caller: Caller, account_no: str, phone: str) -> views.AccountView:
        """Level FRESH: a code to the old phone was proved. Both phones are told.

        Raises PhoneRefused for what is no mobile number.
        """
        ...

    # bills and use
    async def bills(
        self, caller: Caller, account_no: str, first: str | None = None, last: str | None = None
    ) -> tuple[views.BillView, ...]:
        """Bills of the periods first..last ('2026-10'), oldest first; without both the latest."""
        ...

    async def arrears(self, caller: Caller, account_no: str) -> views.ArrearsView: ...
    async def explain_bill(
        self, caller: Caller, account_no: str, bill_id: int
    ) -> views.BillExplanationView: ...
    async def usage(self, caller: Caller, account_no: str) -> views.UsageView: ...
    async def submit_reading(
        self,
        caller: Caller,
        account_no: str,
        shown_m3: int,
        *,
        meter_no: str | None = None,
        photos: tuple[str, ...] = (),
    ) -> views.SubmittedReadingView:
        """Take the customer's own reading of today: the black digits, whole m³.

        Kept in any case. Raises ReadingRefused with the reason when it cannot be right; the
        same figure again opens an order to read (``facts["ticket_no"]``). Raises
        MeterNotNamed when the account has several meters.
        """
        ...

    async def usage_chart(self, account_no: str, signature: str) -> str:
        """SVG of the last 12 periods; the signature stands in the link of ``chart_url``."""
        ...

    async def usage_chart_png(self, account_no: str, signature: str) -> bytes | None:
        """The same as PNG, 1080 px wide; None where the machine has no Chinese font."""
        ...

    async def chart_url(self, caller: Caller, account_no: str) -> str: ...
    async def balance(self, caller: Caller, account_no: str) -> views.BalanceView: ...
    async def tier_position(self, caller: Caller, account_no: str) -> views.TierPositionView: ...
    async def tariff(self, caller: Caller, customer_class: str | None = None) -> views.TariffView:
        """Level ANYONE: the residents' table when no class is named and none is known."""
        ...

    # what the use says
    async def leak_signs(self, caller: Caller, account_no: str) -> analysis_views.LeakView:
        """Signs of a leak behind the meter, each with its figures."""
        ...

    async def forecast(self, caller: Caller, account_no: str) -> analysis_views.ForecastView | None:
        """The next bill as a range; None when fewer than four bills are known."""
        ...

    async def like_households(
        self, caller: Caller, account_no: str
    ) -> analysis_views.LikeHouseholdsView | None:
        """Beside households of the class, persons and area; None when fewer than ten."""
        ...

    async def saving_advice(
        self, caller: Caller, account_no: str
    ) -> analysis_views.SavingAdviceView: ...

    # payment
    async def payments(self, caller: Caller, account_no: str) -> tuple[views.PaymentView, ...]:
        """The last ten, newest first."""
        ...

    async def payment_methods(self) -> tuple[str, ...]:
        """How customers can pay with this utility: ``wechat``, ``alipay``; the default first."""
        ...

    async def create_payment_order(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        amount_fen: int | None = None,
        bill_ids: tuple[int, ...] = (),
        method: str | None = None,
    ) -> views.PaymentOrderView:
        """An order over the bills named, or over all arrears; with an amount, over that amount.

        ``method`` is one of ``payment_methods``, None the first of them.

        What is paid beyond the open bills becomes prepaid balance. One live order
        for a set of bills: asking again hands out the same one (``reused``).
        """
        ...

    async def payment_order(self, caller: Caller, order_no: str) -> views.PaymentOrderView: ...
    async def autopay(self, caller: Caller, account_no: str) -> views.AutopayView: ...
    async def autopay_methods(self) -> tuple[str, ...]:
        """Where auto-pay can be signed, the default first; empty when nowhere."""
        ...

    async def sign_autopay(
        self,
        caller: Caller,
        account_no: str,
        *,
        idempotency_key: str,
        method: str | None = None,
    ) -> views.AutopayView: ...
    async def cancel_autopay(self, caller: Caller, account_no: str) -> views.AutopayView: ...
    async def instalment(self, caller: Caller, account_no: str) -> views.InstalmentView | None:
        """The running plan, else the latest one, with what has been paid of each part."""
        ...

    async def instalment_offer(self, caller: Caller, account_no: str) -> views.InstalmentOfferView:
        """In how many parts all that is owed may be paid, or why it may not."""
        ...

    async def agree_instalment(
        self, caller: Caller, account_no: str, *, count: int, idempotency_key: str
    ) -> views.InstalmentView:
        """Level FRESH. Raises InstalmentRefused; the same key returns the same plan."""
        ...

    # money back
    async def refundable(self, caller: Caller, account_no: str) -> tuple[views.RefundableView, ...]:
        """Payments whose money lies unused on the account, the newest first."""
        ...

    async def request_refund(
        self,
        caller: Caller,
        account_no: str,
        *,
        order_no: str,
        amount_fen: int | None = None,
        idempotency_key: str,
    ) -> views.RefundView:
        """Level FRESH. Give unused money of a payment back the way it came, told when done.

        None: all of it. Above the utility's limit a second person decides first. Raises
        RefundRefused, KeyReused; the same key returns the same refund.
        """
        ...

    async def refunds(self, caller: Caller, account_no: str) -> tuple[views.RefundView, ...]:
        """The last ten, newest first."""
        ...

    # papers
    async def bill_paper(self, caller: Caller, account_no: str, bill_id: int) -> views.PaperView:
        """A link to the bill as PDF, good for a day. It is no invoice. Raises NoSuchBill."""
        ...

    async def invoice_offer(
        self, caller: Caller, account_no: str, first: str | None = None, last: str | None = None
    ) -> views.InvoiceOfferView:
        """What of the periods first..last may go on one invoice; without both the newest bill."""
        ...

    async def request_invoice(
        self,
        caller: Caller,
        account_no: str,
        *,
        bill_ids: tuple[int, ...],
        title_kind: str,
        title_name: str = "",
        tax_no: str | None = None,
        email: str | None = None,
        idempotency_key: str,
    ) -> views.InvoiceView:
        """One invoice over the bills, told to this conversation when it is issued.

        ``title_kind`` personal (made out to the owner) or company. Raises InvoiceRefused,
        NoSuchBill, KeyReused; the same key returns the same invoice.
        """
        ...

    async def correct_invoice(
        self,
        caller: Caller,
        account_no: str,
        *,
        request_no: str,
        title_kind: str,
        title_name: str = "",
        tax_no: str | None = None,
        idempotency_key: str,
    ) -> views.InvoiceView:
        """Take an issued invoice back and issue it with another title: the red letter's view.

        Raises InvoiceRefused (not_issued, being_reversed, and what a title is refused for).
        """
        ...

    async def invoices(self, caller: Caller, account_no: str) -> tuple[views.InvoiceView, ...]:
        """The latest invoices and red letters, newest first."""
        ...

    async def paper(self, kind: str, ref: str, token: str) -> bytes:
        """The PDF behind a link of ours. Raises LinkUnknown, LinkExpired."""
        ...

    # service orders and outages
    async def open_service_order(
        self,
        caller: Caller,
        *,
        kind: str,
        place: str,
        severity: str,
        inside: bool | None = None,
        phone: str | None = None,
        photos: tuple[str, ...] = (),
        details: dict[str, Any] | None = None,
    ) -> views.ServiceOrderView:
        """Level ANYONE. An open order of the caller, kind and place is returned (``existed``)."""
        ...

    async def service_orders(self, caller: Caller) -> tuple[views.ServiceOrderView, ...]:
        """The caller's own, newest first."""
        ...

    async def service_order(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView: ...
    async def urge(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView: ...
    async def order_history(
        self, caller: Caller, ticket_no: str
    ) -> tuple[views.OrderEventView, ...]:
        """What happened to an order of the caller's own, oldest first."""
        ...

    async def add_evidence(
        self, caller: Caller, ticket_no: str, what: str, references: tuple[str, ...]
    ) -> views.ServiceOrderView:
        """Files for the caller's own running order; one that waited for them goes on.

        Raises NoSuchOrder, OrderEnded.
        """
        ...

    async def withdraw_order(self, caller: Caller, ticket_no: str) -> views.ServiceOrderView:
        """The customer no longer wants it. Raises NoSuchOrder, OrderEnded."""
        ...

    async def outages(
        self, caller: Caller, place: str | None = None
    ) -> tuple[views.OutageView, ...]:
        """Announced and running ones: of the place named, else the caller's accounts, else all."""
        ...

    # surroundings
    async def staff_on_duty(self) -> bool: ...
    async def now(self) -> datetime:
        """The moment it is for billing (the demo clock, or the real one), aware, Asia/Shanghai."""
        ...

    async def take_notices(self, limit: int = 20) -> tuple[views.NoticeView, ...]:
        """Claim notices not pushed yet (SKIP LOCKED); a claim lapses after 60 s unless settled."""
        ...

    async def settle_notice(self, notice_id: int) -> None: ...
    async def notice_failed(self, notice_id: int) -> None:
        """It was settled and could not be delivered: it goes the next way, SMS, then mail."""
        ...
