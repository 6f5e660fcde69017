"""What billing and a provider say to each other. Money is integer fen."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from billing_client.pay.capabilities import Scene


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


class RefundState(StrEnum):
    PROCESSING = "processing"
    DONE = "done"
    CLOSED = "closed"  # failed for good, the money stayed with us
    ABNORMAL = "abnormal"  # the payer's account takes no money: staff must act
    MISSING = "missing"  # the provider never heard of the refund


@dataclass(frozen=True)
class NewOrder:
    order_no: str
    amount_fen: int
    description: str  # providers show and keep it: no name, no address
    expires_at: datetime  # by the real clock
    scene: Scene = Scene.QR
    payer: str | None = None  # IN_WECHAT: the openid; PHONE_PAGE: the payer's IP address


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
class Refund:
    """``refund_no`` is ours; the same number gives money back once, however often it is sent."""

    refund_no: str
    order_no: str
    amount_fen: int
    paid_fen: int  # the whole amount of the order
    reason: str  # shown to the payer


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
class RefundResult:
    """What a provider says about one refund of ours."""

    refund_no: str
    order_no: str
    state: RefundState
    amount_fen: int | None = None  # None where the provider does not say
    provider_refund: str | None = None


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
    refund: RefundResult | None = None
    nonce: str | None = None  # of its signature, where the provider has one


@dataclass(frozen=True)
class NoticeAnswer:
    status: int
    body: str = ""
    content_type: str = "text/plain"


class RowKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True)
class BillRow:
    """One row of a provider's daily bill. ``fee_yuan`` has up to five decimals: round once a day.

    ``amount_fen`` is positive for payments and refunds alike.
    """

    kind: RowKind
    order_no: str
    provider_txn: str
    amount_fen: int
    at: datetime
    fee_yuan: Decimal = Decimal(0)
    refund_no: str | None = None
    provider_refund: str | None = None
