"""The payment port: what billing asks of a payment provider, and nothing more.

Exactly one method moves money on our demand: ``move_money``. ``create_order`` only
makes something that a payer may pay. No answer to either says "done": that is said by
a verified notice (``read_notice``) or a verified query alone.
"""

from collections.abc import Mapping
from datetime import date
from typing import Protocol, runtime_checkable

from billing_client.pay.capabilities import Capabilities
from billing_client.pay.messages import (
    BillRow,
    Contract,
    Deduction,
    NewContract,
    NewOrder,
    Notice,
    NoticeAnswer,
    Refund,
    RefundResult,
    Transaction,
)


class ProviderRefused(Exception):
    """The provider understood and declined; ``code`` is its own word for why."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code


class NumberTaken(ProviderRefused):
    """The order number is known there: paid, closed, or made otherwise. Only a query tells."""


class OutcomeUnknown(Exception):
    """No answer that can be trusted came back: only a query can tell what happened."""


class NoticeRefused(Exception):
    """A notice that is not the provider's word: bad signature, stale, foreign or broken."""


class CannotDo(Exception):
    """A provider was asked for what its capabilities do not name: a fault of the caller."""


class PaymentProvider(Protocol):
    """A provider. Money is integer fen, order numbers are ours and at most 32 characters.

    Every call may raise ``ProviderRefused`` or ``OutcomeUnknown``; both are part of
    the contract, anything else is a fault. What ``can`` does not name is never asked for.
    """

    @property
    def name(self) -> str:
        """As configured, stored with every order and in every posting (``bank:<name>``)."""
        ...

    @property
    def method(self) -> str:
        """The word by which customers choose it: ``wechat``, ``alipay``."""
        ...

    @property
    def can(self) -> Capabilities: ...

    async def create_order(self, order: NewOrder) -> str:
        """What the payer opens: the content of a QR code, a page, or the prepay id inside WeChat.

        Repeating it with the same order makes no second one.
        """
        ...

    async def query(self, order_no: str, *, deduction: bool = False) -> Transaction: ...

    async def close(self, order_no: str) -> None:
        """Let the order take no more money. Refused when it is paid."""
        ...

    async def move_money(self, movement: Deduction | Refund) -> None:
        """Demand money under a contract, or give it back: accepted, not done.

        The only call that moves money. Repeated with the same number it moves it once.
        """
        ...

    async def query_refund(self, refund: Refund) -> RefundResult: ...

    async def presign(self, contract: NewContract) -> str:
        """The address at which the payer signs. Nothing is signed yet."""
        ...

    async def query_contract(self, contract_code: str) -> Contract: ...
    async def end_contract(self, contract_code: str) -> None: ...

    async def trade_bill(self, day: date) -> tuple[BillRow, ...]:
        """What the provider's own books say of one day that is over (Asia/Shanghai).

        Empty for a day without trade. Refused when the bill is not made yet.
        """
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verify and decrypt. Raises ``NoticeRefused``; makes no call to anyone."""
        ...

    def answer_notice(self, status: int, reason: str = "") -> NoticeAnswer:
        """How this provider is told yes (204) or no (4xx and 5xx: it sends again)."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class PaysInWeChat(Protocol):
    """A provider whose orders can be paid by a page that is open inside WeChat."""

    def bridge_parameters(self, prepay_id: str) -> dict[str, str]:
        """What the page hands to ``getBrandWCPayRequest``, signed now."""
        ...
