"""Refunds to the original way: their states, and what of a payment may go back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# Both providers give back within a year of the payment (WeChat Pay 4012709253).
GIVEN_BACK_WITHIN = timedelta(days=365)


class RefundStage(StrEnum):
    WAITING_APPROVAL = "WAITING_APPROVAL"  # above the limit: a second person decides
    RED_LETTER = "RED_LETTER"  # the invoice must be taken back first
    RESERVED = "RESERVED"  # the money is set aside, the provider was not told
    SENT = "SENT"  # told, or perhaps told: only a query or a notice says what happened
    ABNORMAL = "ABNORMAL"  # the payer's account takes no money: a person must act
    DONE = "DONE"
    CLOSED = "CLOSED"  # the provider gave up: the money is the customer's credit again
    REJECTED = "REJECTED"  # by the second person


UNDER_WAY = frozenset(
    {
        RefundStage.WAITING_APPROVAL,
        RefundStage.RED_LETTER,
        RefundStage.RESERVED,
        RefundStage.SENT,
        RefundStage.ABNORMAL,
    }
)
_BEFORE_SENDING = {RefundStage.RED_LETTER, RefundStage.RESERVED, RefundStage.REJECTED}
_RESULTS = {RefundStage.DONE, RefundStage.CLOSED, RefundStage.ABNORMAL}
FOLLOWS: dict[RefundStage, frozenset[RefundStage]] = {
    RefundStage.WAITING_APPROVAL: frozenset(_BEFORE_SENDING),
    RefundStage.RED_LETTER: frozenset({RefundStage.RESERVED, RefundStage.REJECTED}),
    # A notice may be faster than our own record of the call.
    RefundStage.RESERVED: frozenset(_RESULTS | {RefundStage.SENT}),
    RefundStage.SENT: frozenset(_RESULTS),
    RefundStage.ABNORMAL: frozenset({RefundStage.DONE, RefundStage.CLOSED}),
    RefundStage.DONE: frozenset(),
    RefundStage.CLOSED: frozenset(),
    RefundStage.REJECTED: frozenset(),
}


def may_follow(stage: RefundStage, following: RefundStage) -> bool:
    return following in FOLLOWS[stage]


@dataclass(frozen=True)
class PaidOrder:
    """A payment, and what became of its money so far (fen)."""

    order_no: str
    paid_on: date
    amount_fen: int
    allocated_fen: int  # settled bills with it
    given_back_fen: int  # refunded, or about to be

    @property
    def free_fen(self) -> int:
        return self.amount_fen - self.allocated_fen - self.given_back_fen


def refundable(
    orders: Iterable[PaidOrder], prepaid_fen: int, today: date
) -> tuple[tuple[PaidOrder, int], ...]:
    """The payments whose money lies on the account unused, with the fen that may go back.

    The newest first: what came last is given back first. Together never more than the
    prepaid balance, since later bills may have used it up.
    """
    found: list[tuple[PaidOrder, int]] = []
    left = prepaid_fen
    for order in sorted(orders, key=lambda it: (it.paid_on, it.order_no), reverse=True):
        fen = min(order.free_fen, left)
        if fen > 0 and today - order.paid_on < GIVEN_BACK_WITHIN:
            found.append((order, fen))
            left -= fen
    return tuple(found)
