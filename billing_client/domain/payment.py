"""The states of a payment order, and the named transitions between them; there are no others."""

from enum import StrEnum


class OrderState(StrEnum):
    CREATED = "CREATED"  # written, not yet asked of the provider
    PENDING = "PENDING"  # the provider holds it, the payer may pay
    UNKNOWN = "UNKNOWN"  # the provider was silent; only a query tells
    PAID = "PAID"
    CLOSED = "CLOSED"
    FAILED = "FAILED"


LIVE = frozenset({OrderState.CREATED, OrderState.PENDING, OrderState.UNKNOWN})
NOT_PLACED = frozenset({OrderState.CREATED, OrderState.UNKNOWN})


class Transition(StrEnum):
    PLACE = "place"  # the provider took the order
    LOSE = "lose"  # the provider did not answer
    PAY = "pay"
    CLOSE = "close"
    FAIL = "fail"


# PAY from CLOSED and FAILED: a success that arrives late is still the customer's money.
TRANSITIONS: dict[Transition, tuple[frozenset[OrderState], OrderState]] = {
    Transition.PLACE: (NOT_PLACED, OrderState.PENDING),
    Transition.LOSE: (NOT_PLACED, OrderState.UNKNOWN),
    Transition.PAY: (LIVE | {OrderState.CLOSED, OrderState.FAILED}, OrderState.PAID),
    Transition.CLOSE: (LIVE, OrderState.CLOSED),
    Transition.FAIL: (LIVE, OrderState.FAILED),
}


def may_follow(state: OrderState, following: OrderState) -> bool:
    return any(state in start and end is following for start, end in TRANSITIONS.values())
