"""Corrections of the books by hand: proposed by one person, approved by another, then posted.

credit: the customer gets money back. debit: something is charged beside the water bills.
write_off: an irrecoverable bill is given up. recovery: a write-off is taken back, because
the money does come. Posted ones are never changed; the opposite is a correction of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    CREDIT = "credit"
    DEBIT = "debit"
    WRITE_OFF = "write_off"
    RECOVERY = "recovery"


class State(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"  # by another person; posted in the same transaction
    POSTED = "posted"
    REFUSED = "refused"  # by another person, or withdrawn by who proposed it


# A trigger of the database holds the same.
FOLLOWS: Mapping[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.APPROVED, State.REFUSED}),
    State.APPROVED: frozenset({State.POSTED}),
    State.POSTED: frozenset(),
    State.REFUSED: frozenset(),
}


class Obstacle(StrEnum):
    """Why a correction is not taken in, approved or posted."""

    NO_ACCOUNT = "no_account"
    NO_BILL = "no_bill"  # never was, or was cancelled meanwhile
    NO_REASON = "no_reason"
    NO_AMOUNT = "no_amount"  # nothing, or less than nothing
    NO_COMPONENT = "no_component"  # the bill or the tariff has no such charge
    TOO_MUCH = "too_much"  # more than the bill charged for it and was not given back yet
    NOT_FOUND = "not_found"
    DECIDED = "decided"  # by somebody else, before
    SAME_PERSON = "same_person"
    NOT_OVERDUE = "not_overdue"
    PAYMENT_PENDING = "payment_pending"
    INSTALMENT_RUNS = "instalment_runs"
    OWED_CHANGED = "owed_changed"  # what is owed is not what was proposed
    NOT_WRITTEN_OFF = "not_written_off"
    IN_HAND = "in_hand"  # the same was proposed and waits, or was done


class AdjustmentRefused(ValueError):
    """``fen`` is the most that would go, or what is owed, where the obstacle is a sum."""

    def __init__(self, obstacle: Obstacle, fen: int = 0) -> None:
        super().__init__(f"{obstacle} {fen}")
        self.obstacle, self.fen = obstacle, fen


@dataclass(frozen=True)
class Owed:
    """How a bill stands that is to be written off."""

    open_fen: int
    overdue: bool
    payment_pending: bool = False
    in_instalment_plan: bool = False


def check_decider(state: State, proposed_by: str, decided_by: str, after: State) -> None:
    """Raises AdjustmentRefused. Who proposed it may withdraw it, never approve it."""
    if after not in FOLLOWS[state]:
        raise AdjustmentRefused(Obstacle.DECIDED)
    if after is State.APPROVED and same_person(proposed_by, decided_by):
        raise AdjustmentRefused(Obstacle.SAME_PERSON)


def same_person(one: str, other: str) -> bool:
    """Names are compared without case and outer blanks, as the database's constraint does."""
    return one.strip().lower() == other.strip().lower()


def check_write_off(owed: Owed, amount_fen: int | None = None) -> None:
    """Raises AdjustmentRefused. ``amount_fen``: what was proposed, when it is approved."""
    if owed.open_fen <= 0:
        raise AdjustmentRefused(Obstacle.NO_AMOUNT)
    if not owed.overdue:
        raise AdjustmentRefused(Obstacle.NOT_OVERDUE)
    if owed.payment_pending:
        raise AdjustmentRefused(Obstacle.PAYMENT_PENDING)
    if owed.in_instalment_plan:
        raise AdjustmentRefused(Obstacle.INSTALMENT_RUNS)
    if amount_fen is not None and amount_fen != owed.open_fen:
        raise AdjustmentRefused(Obstacle.OWED_CHANGED, owed.open_fen)


def check_credit(amount_fen: int, charged_fen: int, given_back_fen: int) -> None:
    """No more comes back of a charge than was charged. Raises AdjustmentRefused."""
    left_fen = charged_fen - given_back_fen
    if amount_fen > left_fen:
        raise AdjustmentRefused(Obstacle.TOO_MUCH, left_fen)
