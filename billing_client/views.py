"""What billing shows to its callers: frozen values, no behaviour.

Money is integer fen, volumes integer litres, moments are aware, periods are
``'2026-10'``. Names and phones come masked (王*明, 138****1234) unless said.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from billing_client.analysis_views import BillChangeView


class Level(IntEnum):
    """How well a caller is known. Each level includes those below."""

    ANYONE = 0
    BOUND = 1
    FRESH = 2


@dataclass(frozen=True)
class Caller:
    """Who asks: the channel's own, verified user. Never built from what a text claims.

    ``staff``: the member of staff who asks for that customer, at the desk. ``turn``: the
    message that is being answered; what its turn reads needs to ask only once who this is.
    """

    channel: str
    channel_user: str
    conversation_id: str | None = None
    address: str | None = None  # network address, for the limits on guessing
    staff: str | None = None
    turn: str | None = None


@dataclass(frozen=True)
class AccountView:
    account_no: str
    owner_name: str
    phone: str
    address: str
    area: str
    customer_class: str
    persons: int
    low_income: bool
    supply_state: str
    meter_kind: str


@dataclass(frozen=True)
class IdentityView:
    """``now``: the moment it is for billing."""

    level: Level
    accounts: tuple[AccountView, ...]
    now: datetime
    fresh_until: datetime | None = None


@dataclass(frozen=True)
class CodeSentView:
    account_no: str | None  # None when it was asked for by the phone
    phone: str  # masked
    expires_at: datetime


@dataclass(frozen=True)
class BillItemView:
    component: str
    name: str
    amount_fen: int


@dataclass(frozen=True)
class BillLineView:
    component: str
    name: str
    tier: int  # 0 = flat price
    volume_l: int
    price_e4: int  # ten-thousandths of a yuan a m³
    amount_e5: int  # exact, in hundred-thousandths of a fen
    unit: str = "m3"  # m3 | month | once
    part: int = 1  # 2 and more: after a change of prices in the middle of the reading


@dataclass(frozen=True)
class BillView:
    account_no: str
    bill_id: int
    period: str
    state: str  # unpaid | overdue | partly_paid | paid | written_off
    used_l: int
    reading_from_l: int
    reading_to_l: int
    read_from: date
    read_to: date
    estimated: bool
    total_fen: int
    paid_fen: int
    late_fee_fen: int  # accrued until now
    open_fen: int  # total + late fee - paid
    issued_on: date
    due_on: date
    items: tuple[BillItemView, ...]
    lines: tuple[BillLineView, ...]
    invoice_no: str | None = None
    kind: str = "regular"  # regular | final | adjustment (a bill of no water)
    shared_l: int = 0  # of ``used_l``: a share of the main meter, or less what others were billed


@dataclass(frozen=True)
class ArrearsView:
    account_no: str
    open_fen: int  # all open bills with late fees
    late_fee_fen: int
    overdue_fen: int
    bills: tuple[BillView, ...]  # open ones, oldest first


@dataclass(frozen=True)
class TierSplitView:
    tier: int  # 0 = flat
    upto_l: int | None  # limit of the tier in this tier year, None = no limit
    volume_l: int
    price_e4: int  # all components together


@dataclass(frozen=True)
class BillExplanationView:
    """A bill recomputed from its own data; ``agrees`` is False when the sum differs."""

    bill: BillView
    tariff_id: str
    tariff_source: str
    customer_class: str
    persons: int
    prior_l: int  # used in the tier year before this bill
    tiers: tuple[TierSplitView, ...]
    recomputed_fen: int
    agrees: bool
    same_period_last_year_l: int | None
    previous_period_l: int | None
    changes: tuple[BillChangeView, ...] = ()  # against the bill before, and a year ago


@dataclass(frozen=True)
class UsagePointView:
    period: str
    used_l: int
    total_fen: int
    estimated: bool


@dataclass(frozen=True)
class UsageView:
    account_no: str
    points: tuple[UsagePointView, ...]  # oldest first, at most 12
    last_reading_l: int
    last_read_on: date
    night_l_per_hour: int | None  # smallest night flow of the last 7 days, smart meters only


@dataclass(frozen=True)
class SubmittedReadingView:
    """A customer's own reading that was believed, and what a bill up to it would come to."""

    account_no: str
    meter_no: str
    read_on: date
    shown_m3: int
    used_l: int  # since the last real reading
    since: date
    counts: bool  # False: a remote or manual reading of the same day stands already
    remarks: tuple[str, ...]  # rollover | zero | below_estimate
    estimated_fen: int | None  # of the bill since the last one; None when it cannot be said
    estimated_l: int | None
    estimated_from: date | None


@dataclass(frozen=True)
class BalanceView:
    account_no: str
    prepaid_fen: int
    open_fen: int


@dataclass(frozen=True)
class PaymentView:
    order_no: str
    account_no: str
    provider: str
    kind: str
    amount_fen: int
    state: str
    failure: str | None
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True)
class PaymentOrderView:
    order_no: str
    account_no: str
    amount_fen: int
    state: str
    failure: str | None
    pay_url: str  # page of the payer, opened by a tap
    qr_url: str  # SVG of the code, on our own host; empty for an order to be paid inside WeChat
    expires_at: datetime
    bill_ids: tuple[int, ...] = ()
    reused: bool = False  # the live order for the same bills was handed out again
    provider: str = ""  # as configured: wechat, alipay_sandbox …
    method: str = ""  # what customers call it: wechat, alipay


@dataclass(frozen=True)
class AutopayView:
    account_no: str
    state: str  # NONE PENDING ACTIVE ENDED
    contract_code: str | None = None
    provider: str | None = None
    sign_url: str | None = None
    signed_at: datetime | None = None
    next_run_on: date | None = None
    last_run_at: datetime | None = None
    last_result: str | None = None  # paid | NOTENOUGH | CONTRACT_ENDED | LIMIT ...


@dataclass(frozen=True)
class TierPositionView:
    account_no: str
    flat: bool
    year_from: date
    year_to: date
    used_l: int
    tier: int
    limits_l: tuple[int | None, ...]
    prices_e4: tuple[int, ...]  # all components together, a tier
    left_l: int | None  # until the next tier


@dataclass(frozen=True)
class TariffView:
    tariff_id: str
    city: str
    customer_class: str
    class_name: str
    limits_m3: tuple[str | None, ...]
    totals: tuple[str, ...]  # yuan a m³ in words of the tariff, '4.90'
    components: tuple[tuple[str, tuple[str, ...]], ...]  # (name, price a tier)
    year_start: str | None
    household: dict[str, Any] | None
    valid_from: date
    source: str


@dataclass(frozen=True)
class ServiceOrderView:
    ticket_no: str
    kind: str
    place: str
    severity: str
    state: str
    created_at: datetime
    promised_at: datetime | None
    done_at: datetime | None
    urged: int
    existed: bool = False  # the customer's open order for the same place was found
    account_no: str | None = None
    outcome: str | None = None  # done | approved | rejected
    outcome_note: str | None = None
    waiting_for: str | None = None  # the evidence that the customer is asked for


@dataclass(frozen=True)
class OrderEventView:
    number: int
    at: datetime
    actor: str
    to_state: str
    note: str


@dataclass(frozen=True)
class RemindersView:
    """Topic (bill, due, outage, usage) and whether this chat wants it, for one account."""

    account_no: str
    wanted: dict[str, bool]


@dataclass(frozen=True)
class OutageView:
    kind: str
    areas: tuple[str, ...]
    reason: str
    starts_at: datetime
    ends_at: datetime
    state: str
    outage_id: int = 0


@dataclass(frozen=True)
class InstalmentView:
    """A plan. ``parts``: {"due_on": "2026-12-25", "amount_fen": 5000, "paid_fen": 0}, in order."""

    plan_no: str
    total_fen: int
    state: str  # ACTIVE DONE BROKEN
    parts: tuple[dict[str, Any], ...]
    open_fen: int = 0  # paying this ends an active plan early
    next_due_on: date | None = None
    next_fen: int | None = None
    agreed_on: date | None = None


@dataclass(frozen=True)
class InstalmentChoiceView:
    count: int
    parts: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class InstalmentOfferView:
    """``why_not`` names the reason when there is no offer: domain/instalment.py, WhyNot."""

    account_no: str
    why_not: str | None
    total_fen: int  # all open bills with the late fee until today
    periods: tuple[str, ...]
    choices: tuple[InstalmentChoiceView, ...]
    broken_after_days: int  # a part unpaid so long after its day ends the plan
    least_total_fen: int


@dataclass(frozen=True)
class NoticeView:
    """Something a customer must be told. Pushed by a worker, once."""

    notice_id: int
    topic: str
    account_no: str | None
    conversation_id: str | None
    channel: str | None
    channel_user: str | None
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class InvoiceView:
    """An e-invoice or the red letter that takes one back. ``url`` opens the PDF for a while."""

    request_no: str
    account_no: str
    kind: str  # blue | red
    state: str  # domain/invoice.py
    title_kind: str  # personal | company
    title_name: str  # a person's masked
    tax_no: str | None
    periods: tuple[str, ...]
    total_fen: int  # tax included
    tax_fen: int
    invoice_no: str | None
    issued_at: datetime | None
    failure: str | None
    url: str | None
    red_of: str | None = None
    email: str | None = None  # masked


@dataclass(frozen=True)
class InvoiceOfferView:
    """What of some periods may go on an invoice, and what stands in the way of the rest."""

    account_no: str
    bills: tuple[BillView, ...]  # paid and without an invoice, oldest first
    unpaid: tuple[BillView, ...]
    made: tuple[InvoiceView, ...]  # live invoices over bills of these periods
    made_elsewhere: tuple[BillView, ...]  # with an invoice number that is not from here
    total_fen: int  # what the invoice would come to
    left_out_fen: int  # what goes on no invoice
    email: str | None = None  # where it would be mailed, masked


@dataclass(frozen=True)
class PaperView:
    """A document behind a signed link."""

    url: str
    expires_at: datetime


@dataclass(frozen=True)
class RefundableView:
    """A payment whose money lies unused on the account."""

    order_no: str
    account_no: str
    provider: str
    paid_at: datetime
    amount_fen: int
    refundable_fen: int
    doubled: bool  # the bills it was for had been paid already
    periods: tuple[str, ...]  # of the bills it was for
    original_way: bool  # False: no provider to give it back, staff must


@dataclass(frozen=True)
class RefundView:
    refund_no: str
    account_no: str
    order_no: str
    amount_fen: int
    state: str  # domain/refund.py
    failure: str | None
    created_at: datetime
    done_at: datetime | None
