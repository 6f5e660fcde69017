"""What each operation is asked with: the arguments of ``BillingClient``'s methods, with bounds."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from billing_client.wire.words import (
    Details,
    Fen,
    Line,
    MaybeEmpty,
    Period,
    References,
    Request,
    RowId,
    Word,
)

MOST_NOTICES = 100
LARGEST_DIAL_M3 = 99_999_999  # eight whole digits, more than any register has
MOST_PARTS = 120
MOST_BILLS = 200


class Nothing(Request):
    pass


class OfAccount(Request):
    account_no: Word


class RequestCode(Request):
    wanted: Line | None = Field(None, description="account number, or a phone on file")


class ConfirmCode(Request):
    code: Line


class SetReminders(OfAccount):
    wanted: dict[Literal["bill", "due", "outage", "usage"], StrictBool]


class ChangePhone(OfAccount):
    phone: Line


class Bills(OfAccount):
    first: Period | None = Field(None, description="first period; without both, the latest bill")
    last: Period | None = None


class OfBill(OfAccount):
    bill_id: RowId


class SubmitReading(OfAccount):
    shown_m3: Annotated[StrictInt, Field(ge=0, le=LARGEST_DIAL_M3)]
    meter_no: Word | None = None
    photos: References = ()


class Chart(OfAccount):
    signature: Word


class OfClass(Request):
    customer_class: Word | None = None


class CreatePaymentOrder(OfAccount):
    idempotency_key: Word
    amount_fen: Fen | None = Field(None, description="without it, all of the bills")
    bill_ids: Annotated[tuple[RowId, ...], Field(max_length=MOST_BILLS)] = ()
    method: Word | None = Field(None, description="one of the payment methods")


class RequestRefund(OfAccount):
    order_no: Word
    amount_fen: Fen | None = Field(None, description="without it, all that may go back")
    idempotency_key: Word


class OfPaymentOrder(Request):
    order_no: Word


class SignAutopay(OfAccount):
    idempotency_key: Word
    method: Word | None = Field(None, description="one of the auto-pay methods")


class AgreeInstalment(OfAccount):
    count: Annotated[StrictInt, Field(ge=1, le=MOST_PARTS)]
    idempotency_key: Word


class OfPeriods(OfAccount):
    first: Period | None = Field(None, description="first period; without both, the newest bill")
    last: Period | None = None


class InvoiceTitle(OfAccount):
    title_kind: Word
    title_name: MaybeEmpty = ""
    tax_no: MaybeEmpty | None = None
    idempotency_key: Word


class RequestInvoice(InvoiceTitle):
    bill_ids: Annotated[tuple[RowId, ...], Field(max_length=MOST_BILLS)]
    email: MaybeEmpty | None = None


class CorrectInvoice(InvoiceTitle):
    request_no: Word


class Paper(Request):
    kind: Word
    ref: Word
    token: Line


class OpenServiceOrder(Request):
    kind: Word
    place: Line
    severity: Word
    inside: StrictBool | None = None
    phone: Line | None = None
    photos: References = ()
    details: Details | None = None


class OfServiceOrder(Request):
    ticket_no: Word


class AddEvidence(OfServiceOrder):
    what: Line
    references: Annotated[References, Field(min_length=1)]


class OfPlace(Request):
    place: Line | None = None


class TakeNotices(Request):
    limit: Annotated[StrictInt, Field(ge=1, le=MOST_NOTICES)] = 20


class OfNotice(Request):
    notice_id: RowId
