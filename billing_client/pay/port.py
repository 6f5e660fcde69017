"""The payment port: what billing asks of a payment provider, and nothing more.

Exactly one method moves money on our demand: ``deduct``. ``create_order`` only
makes something that a payer may pay. Neither answer says "paid": that is said by
a verified notice (``read_notice``) or a verified ``query`` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Ability(StrEnum):
    """What a provider can do beyond taking an order."""

    QR = "qr"  # the code is shown to the payer as a QR code
    PAYER_PAGE = "payer_page"  # the code is a web page that a tap opens
    AUTOPAY = "autopay"
    SANDBOX = "sandbox"  # no real money moves


class TransactionState(StrEnum):
    WAITING = "waiting"  # may still be paid
    PAID = "paid"
    CLOSED = "closed"
    FAILED = "failed"  # a deduction that did not go through
    MISSING = "missing"  # the provider never heard of the order


class ContractState(StrEnum):
    PENDING = "pending"  # not signed, or not known
    SIGNED = "signed"
    ENDED = "ended"


@dataclass(frozen=True)
class NewOrder:
    order_no: str
    amount_fen: int
    description: str  # providers show and keep it: no name, no address
    expires_at: datetime  # by the real clock


@dataclass(frozen=True)
class NewContract:
    contract_code: str
    display_account: str  # shown to the signer, masked
    serial: int


@dataclass(frozen=True)
class Deduction:
    order_no: str
    provider_contract_id: str
    amount_fen: int
    description: str


@dataclass(frozen=True)
class Transaction:
    """What a provider says about one order of ours."""

    order_no: str
    state: TransactionState
    amount_fen: int = 0
    currency: str = "CNY"
    provider_txn: str | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Contract:
    contract_code: str
    state: ContractState
    provider_contract_id: str | None = None


@dataclass(frozen=True)
class Notice:
    """A verified notice. ``resource`` is its decrypted content, kept for the record."""

    notice_id: str
    event_type: str
    resource: dict[str, Any]
    transaction: Transaction | None = None
    contract: Contract | None = None


class ProviderRefused(Exception):
    """The provider understood and declined; ``code`` is its own word for why."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


class OutcomeUnknown(Exception):
    """No answer that can be trusted came back: only a query can tell what happened."""


class NoticeRefused(Exception):
    """A notice that is not the provider's word: bad signature, stale, foreign or broken."""


class PaymentProvider(Protocol):
    """A provider. Money is integer fen, order numbers are ours and at most 32 characters.

    Every call may raise ``ProviderRefused`` or ``OutcomeUnknown``; both are part of
    the contract, anything else is a fault.
    """

    @property
    def name(self) -> str: ...
    @property
    def abilities(self) -> frozenset[Ability]: ...

    async def create_order(self, order: NewOrder) -> str:
        """The content of the QR code. Repeating it with the same order changes nothing."""
        ...

    async def query(self, order_no: str, *, deduction: bool = False) -> Transaction: ...

    async def close(self, order_no: str) -> None:
        """Let the order take no more money. Refused when it is paid."""
        ...

    async def presign(self, contract: NewContract) -> str:
        """The address at which the payer signs. Nothing is signed yet."""
        ...

    async def query_contract(self, contract_code: str) -> Contract: ...
    async def end_contract(self, contract_code: str) -> None: ...

    async def deduct(self, deduction: Deduction) -> None:
        """Demand money under a contract: accepted, not paid. The only call that moves money."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and decrypt. Raises ``NoticeRefused``; makes no call to anyone."""
        ...

    async def aclose(self) -> None: ...
