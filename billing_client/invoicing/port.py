"""The invoice port: what billing asks of a platform that issues e-invoices (数电发票).

Every platform is asynchronous: it takes a request, and says later what became of it. A
request number of ours is told once and for ever: telling it again changes nothing, so that
a process that died in the middle simply asks anew, and never two invoices come of one wish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from billing_client.domain.invoice import RedReason
from billing_client.domain.invoice_title import Title
from billing_client.domain.tax import InvoiceLine


@dataclass(frozen=True)
class Seller:
    """The utility as it stands on its invoices; the setting ``utility`` holds it."""

    name: str
    tax_no: str
    address_phone: str = ""
    bank_account: str = ""
    clerk: str = ""  # 开票人


@dataclass(frozen=True)
class InvoiceRequest:
    request_no: str
    seller: Seller
    buyer: Title
    lines: Sequence[InvoiceLine]
    remark: str  # 户号, 账期, 表号, 起止码: the customer's own document, nothing masked


@dataclass(frozen=True)
class RedRequest:
    """Take back the whole of an invoice."""

    request_no: str
    blue_request_no: str
    blue_invoice_no: str
    reason: RedReason


class Progress(StrEnum):
    MISSING = "missing"  # the platform never heard of the request
    ISSUING = "issuing"
    CONFIRMING = "confirming"  # the buyer must confirm the red letter
    LOGIN_REQUIRED = "login_required"
    ISSUED = "issued"
    FAILED = "failed"
    VOID = "void"


@dataclass(frozen=True)
class Result:
    """``invoice_no`` (20 digits) and ``issued_at`` come with ISSUED, ``failure`` with FAILED."""

    request_no: str
    progress: Progress
    invoice_no: str | None = None
    issued_at: datetime | None = None
    failure: str | None = None
    confirmation: str | None = None  # state code of the 红字发票信息确认单


class PlatformSilent(Exception):
    """No answer that can be trusted came: ask again later."""


class PlatformRefused(Exception):
    """The platform understood and declined; ``code`` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class InvoiceProvider(Protocol):
    """Each call may raise PlatformSilent; what asks for something also PlatformRefused."""

    @property
    def name(self) -> str: ...

    async def submit(self, request: InvoiceRequest) -> None:
        """Ask for an invoice: accepted, not issued."""
        ...

    async def submit_red(self, request: RedRequest) -> None:
        """Ask for a red letter; where the buyer has used the invoice, for its 确认单 first."""
        ...

    async def result(self, request_no: str) -> Result: ...

    async def pdf(self, request_no: str) -> bytes | None:
        """The rendering of an issued invoice; None while there is none."""
        ...
