"""The states of a supply, which may follow which, and what must be settled before.

on: water runs. cut: stopped for arrears. paused: stopped at the customer's wish (报停).
closed: the account is at its end (销户); whoever wants water there again opens a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class SupplyState(StrEnum):
    ON = "on"
    CUT = "cut"
    PAUSED = "paused"
    CLOSED = "closed"


FOLLOWS: Mapping[SupplyState, frozenset[SupplyState]] = {
    SupplyState.ON: frozenset({SupplyState.CUT, SupplyState.PAUSED, SupplyState.CLOSED}),
    SupplyState.CUT: frozenset({SupplyState.ON, SupplyState.CLOSED}),
    SupplyState.PAUSED: frozenset({SupplyState.ON, SupplyState.CLOSED}),
    SupplyState.CLOSED: frozenset(),
}

LONGEST_PAUSE = timedelta(days=365)  # 报停 of at most a year (local rules; jianbiaoku.com 8857)
SETTLEMENT_LASTS = timedelta(days=7)  # a final reading older than this is taken again


class Refusal(StrEnum):
    """Why an account cannot change. Each has a sentence for staff and one for customers."""

    SAME = "same"  # it is so already
    CLOSED = "closed"  # for good
    NOT_NEXT = "not_next"
    OWES = "owes"
    PREPAID_LEFT = "prepaid_left"  # to be paid back before
    NOT_SETTLED = "not_settled"  # no final reading and bill of the last days
    AUTOPAY_RUNS = "autopay_runs"
    INSTALMENT_RUNS = "instalment_runs"
    PAUSE_TOO_LONG = "pause_too_long"
    IN_THE_PAST = "in_the_past"


class ChangeRefused(ValueError):
    """``fen`` is what is owed or left, where the refusal is about money."""

    def __init__(self, refusal: Refusal, fen: int = 0) -> None:
        super().__init__(refusal)
        self.refusal, self.fen = refusal, fen


@dataclass(frozen=True)
class Standing:
    """What is open between the utility and the holder of an account."""

    supply: SupplyState
    open_fen: int = 0
    overdue_fen: int = 0  # of it
    prepaid_fen: int = 0
    settled_on: date | None = None
    autopay: bool = False
    instalment: bool = False


def check_supply(standing: Standing, after: SupplyState, today: date) -> None:
    """Raises ChangeRefused. Reconnecting needs a plan, or nothing overdue.

    That is what ends the dunning too (``services/dunning_run.py``): a bill that is not due
    yet keeps nobody without water. Closing needs a settlement.
    """
    before = standing.supply
    if before is after:
        raise ChangeRefused(Refusal.SAME)
    if before is SupplyState.CLOSED:
        raise ChangeRefused(Refusal.CLOSED)
    if after not in FOLLOWS[before]:
        raise ChangeRefused(Refusal.NOT_NEXT)
    if after is SupplyState.CLOSED:
        check_settled(standing, today)
    elif before is SupplyState.CUT and standing.overdue_fen and not standing.instalment:
        raise ChangeRefused(Refusal.OWES, standing.overdue_fen)


def check_settled(standing: Standing, today: date) -> None:
    """An account that closes or changes hands leaves nothing open behind. Raises ChangeRefused."""
    if standing.supply is SupplyState.CLOSED:
        raise ChangeRefused(Refusal.CLOSED)
    if standing.instalment:
        raise ChangeRefused(Refusal.INSTALMENT_RUNS)
    if standing.autopay:
        raise ChangeRefused(Refusal.AUTOPAY_RUNS)
    if standing.settled_on is None or today - standing.settled_on > SETTLEMENT_LASTS:
        raise ChangeRefused(Refusal.NOT_SETTLED)
    if standing.open_fen:
        raise ChangeRefused(Refusal.OWES, standing.open_fen)
    if standing.prepaid_fen:
        raise ChangeRefused(Refusal.PREPAID_LEFT, standing.prepaid_fen)


def check_pause(until: date, today: date) -> None:
    """Raises ChangeRefused for a pause that ends in the past or lasts longer than a year."""
    if until <= today:
        raise ChangeRefused(Refusal.IN_THE_PAST)
    if until - today > LONGEST_PAUSE:
        raise ChangeRefused(Refusal.PAUSE_TOO_LONG)
