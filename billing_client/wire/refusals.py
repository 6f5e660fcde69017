"""Refusals of billing on their way: code and facts out, the same exception in again."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from billing_client import errors
from billing_client.errors import BillingRefusal, InvoiceRefused, ReadingRefused, RefundRefused

# Refusals whose code names the reason: 'reading_lower', 'invoice_unpaid'.
WITH_REASON: Mapping[str, type[BillingRefusal]] = {
    "reading_": ReadingRefused,
    "invoice_": InvoiceRefused,
    "refund_": RefundRefused,
}

KINDS: Mapping[str, type[BillingRefusal]] = {
    kind.code: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, BillingRefusal)
}


def facts_out(refusal: BillingRefusal) -> dict[str, Any]:
    return {name: _plain(value) for name, value in refusal.facts.items()}


def refusal_in(code: str, facts: Mapping[str, Any]) -> BillingRefusal | None:
    """The exception that the core raised; None for a code that is no refusal of billing's."""
    known = {name: _typed(name, value) for name, value in facts.items()}
    prefix = code.split("_", 1)[0] + "_"
    kind = WITH_REASON.get(prefix) if "reason" in known else None
    kind = kind or KINDS.get(code)
    return None if kind is None else kind(**known)


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return [_plain(held) for held in value] if isinstance(value, (tuple, list)) else value


def _typed(name: str, value: Any) -> Any:
    """Names say what a text is: ``last_on`` a day, ``paid_at`` a moment."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str) and name.endswith("_on"):
        return date.fromisoformat(value)
    if isinstance(value, str) and name.endswith("_at"):
        return datetime.fromisoformat(value)
    return value
