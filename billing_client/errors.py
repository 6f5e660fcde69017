"""What billing refuses, each with a name that the dialogue turns into a sentence.

``code`` picks the response ``utter_refused_<code>``; ``facts`` fill its blanks.
Anything else that is raised is a fault, and is told as one.
"""

from typing import Any


class BillingRefusal(Exception):
    """A request that billing understands and declines."""

    code = "refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code, facts)
        self.facts = facts


class NotBound(BillingRefusal):
    """The caller is bound to no account, or not to this one."""

    code = "not_bound"


class NotFresh(BillingRefusal):
    """The action needs a one-time code of the last 15 minutes."""

    code = "not_fresh"


class NotForStaff(BillingRefusal):
    """Staff may not do this in a customer's place. Facts: method."""

    code = "not_for_staff"


class AccountNotFound(BillingRefusal):
    code = "account_not_found"


class TooManyTries(BillingRefusal):
    """Facts: minutes (until the next try is allowed)."""

    code = "too_many_tries"


class WrongCode(BillingRefusal):
    """Facts: tries_left."""

    code = "wrong_code"


class CodeExpired(BillingRefusal):
    code = "code_expired"


class NothingToPay(BillingRefusal):
    code = "nothing_to_pay"


class AmountRefused(BillingRefusal):
    """Facts: smallest_fen, largest_fen."""

    code = "amount_refused"


class MethodRefused(BillingRefusal):
    """No provider is configured that can be paid in this way. Facts: method."""

    code = "method_refused"


class KeyReused(BillingRefusal):
    """The idempotency key was used with other parameters."""

    code = "key_reused"


class ContractExists(BillingRefusal):
    code = "contract_exists"


class NoContract(BillingRefusal):
    code = "no_contract"


class NoSuchBill(BillingRefusal):
    code = "no_such_bill"


class NoSuchOrder(BillingRefusal):
    code = "no_such_order"


class PhoneRefused(BillingRefusal):
    """Not a mobile number of the mainland. Facts: phone (masked)."""

    code = "phone_refused"


class OrderEnded(BillingRefusal):
    """The service order is done or cancelled. Facts: ticket_no."""

    code = "order_ended"


class ProviderSilent(BillingRefusal):
    """The payment provider did not answer in time; the outcome is asked for later."""

    code = "provider_silent"


class ReadingRefused(BillingRefusal):
    """A reading that cannot be right. ``code`` is ``reading_<reason>``, e.g. reading_lower.

    Reasons: lower, too_high, impossible, too_many_digits, too_old, above_next (see
    ``domain/reading.py``). Facts: reason, account_no, meter_no, shown_m3, last_m3, last_on,
    used_m3 (None where it means nothing), ticket_no (of the order to read again, which the
    same figure handed in a second time opens).
    """

    code = "reading_refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.code = f"reading_{facts['reason']}"


class MeterNotNamed(BillingRefusal):
    """The account has several meters. Facts: account_no, meters."""

    code = "meter_not_named"


class NoMeter(BillingRefusal):
    """The account has no such meter fitted. Facts: account_no, meter_no."""

    code = "no_meter"


class AccountClosed(BillingRefusal):
    """Facts: account_no."""

    code = "account_closed"


class InstalmentRefused(BillingRefusal):
    """No plan now. Facts: reason (domain/instalment.py, WhyNot, or bad_count)."""

    code = "instalment_refused"


class InvoiceRefused(BillingRefusal):
    """No invoice now. ``code`` is ``invoice_<reason>``.

    Reasons: unpaid, made (the bills have one), nothing (no bill, or nothing of it is
    invoiced), no_tax_rule, not_issued, being_reversed, title_name, tax_number_form,
    tax_number_check, email. Facts: reason and what the sentence names.
    """

    code = "invoice_refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.code = f"invoice_{facts['reason']}"


class LinkExpired(BillingRefusal):
    """A signed link whose time is over."""

    code = "link_expired"


class LinkUnknown(BillingRefusal):
    """A link that we did not make, or to something that is not there."""

    code = "link_unknown"


class RefundRefused(BillingRefusal):
    """No refund of this. ``code`` is ``refund_<reason>``.

    Reasons: nothing (no such payment, or all of it was used or given back), too_much (facts:
    most_fen), no_original_way (cash, or a provider that cannot), too_old. Facts: reason.
    """

    code = "refund_refused"

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.code = f"refund_{facts['reason']}"
