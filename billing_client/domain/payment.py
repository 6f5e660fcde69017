"""The states of a payment order, and which may follow which."""

from enum import StrEnum


class OrderState(StrEnum):
    CREATED = "CREATED"  # written, not yet asked of the provider
    PENDING = "PENDING"  # the provider holds it, the payer may pay
    UNKNOWN = "UNKNOWN"  # the provider was silent; only a query tells
    PAID = "PAID"
    CLOSED = "CLOSED"
    FAILED = "FAILED"


LIVE = frozenset({OrderState.CREATED, OrderState.PENDING, OrderState.UNKNOWN})

# CLOSED → PAID and FAILED → PAID: a success that arrives late is still the customer's money.
FOLLOWS: dict[OrderState, frozenset[OrderState]] = {
    OrderState.CREATED: frozenset(OrderState) - {OrderState.CREATED},
    OrderState.PENDING: frozenset(
        {OrderState.PAID, OrderState.CLOSED, OrderState.FAILED, OrderState.UNKNOWN}
    ),
    OrderState.UNKNOWN: frozenset(
        {OrderState.PENDING, OrderState.PAID, OrderState.CLOSED, OrderState.FAILED}
    ),
    OrderState.CLOSED: frozenset({OrderState.PAID}),
    OrderState.FAILED: frozenset({OrderState.PAID}),
    OrderState.PAID: frozenset(),
}


def may_follow(state: OrderState, following: OrderState) -> bool:
    return following in FOLLOWS[state]
