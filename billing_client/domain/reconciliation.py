"""Three books beside each other: the provider's daily bill, our orders, our ledger."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    DROPPED = "dropped"  # they have it done, we have it open (掉单): settled late
    UNKNOWN = "unknown"  # they name an order or refund that is not ours
    AMOUNT = "amount"  # another amount than ours
    OTHER_TRANSACTION = "other_transaction"  # ours was done by another transaction: twice paid
    TWICE_THERE = "twice_there"  # the same transaction twice in their bill
    NOT_BOOKED = "not_booked"  # we call it done, the ledger does not know it
    BOOKED_WRONG = "booked_wrong"  # another amount in the ledger
    MISSING_THERE = "missing_there"  # we call it done, they do not know it


@dataclass(frozen=True)
class Key:
    """A payment by its order number, a refund by its own."""

    kind: str  # payment | refund
    number: str


@dataclass(frozen=True)
class Theirs:
    key: Key
    ref: str  # the provider's own number of the transaction
    amount_fen: int


@dataclass(frozen=True)
class Ours:
    """``ref`` is None where we were not told the provider's number."""

    key: Key
    ref: str | None
    amount_fen: int
    done: bool
    on_the_day: bool  # done on the day that is reconciled
    at_the_cut: bool = False  # so close to midnight that it may be in the next day's bill


@dataclass(frozen=True)
class Finding:
    fault: Fault
    key: Key
    ref: str | None
    theirs_fen: int | None
    ours_fen: int | None
    booked_fen: int | None


def compare(
    theirs: Iterable[Theirs],
    ours: Mapping[Key, Ours],
    booked: Mapping[str, int],
    neighbours: Set[Key],
    *,
    next_day_known: bool,
) -> tuple[Finding, ...]:
    """Every difference, named. What agrees in all three books is not mentioned.

    ``booked`` is the ledger's fen by reference (of a payment the provider's number, of a
    refund ours); ``neighbours`` what the bills of the day before and after hold. Ours that
    is done close to midnight waits for the next day's bill before it counts as missing.
    """
    found: list[Finding] = []
    seen: set[str] = set()
    keys: set[Key] = set()
    for row in theirs:
        mine = ours.get(row.key)
        fault = Fault.TWICE_THERE if row.ref in seen else _fault(row, mine, booked)
        if fault is not None:
            found.append(_finding(fault, row, mine, booked))
        seen.add(row.ref)
        keys.add(row.key)
    for mine in ours.values():
        missing = mine.done and mine.on_the_day and mine.key not in keys | neighbours
        if missing and (next_day_known or not mine.at_the_cut):
            found.append(_only_ours(mine, booked))
    return tuple(found)


def _fault(row: Theirs, mine: Ours | None, booked: Mapping[str, int]) -> Fault | None:
    if mine is None:
        return Fault.UNKNOWN
    if row.amount_fen != mine.amount_fen:
        return Fault.AMOUNT
    if not mine.done:
        return Fault.DROPPED
    if mine.ref is not None and mine.ref != row.ref:
        return Fault.OTHER_TRANSACTION
    in_ledger = booked.get(_booked_under(row.key, row.ref))
    if in_ledger is None:
        return Fault.NOT_BOOKED
    return None if in_ledger == mine.amount_fen else Fault.BOOKED_WRONG


def _booked_under(key: Key, ref: str | None) -> str:
    return key.number if key.kind == "refund" or ref is None else ref


def _finding(fault: Fault, row: Theirs, mine: Ours | None, booked: Mapping[str, int]) -> Finding:
    in_ledger = booked.get(_booked_under(row.key, row.ref))
    ours_fen = mine.amount_fen if mine else None
    return Finding(fault, row.key, row.ref, row.amount_fen, ours_fen, in_ledger)


def _only_ours(mine: Ours, booked: Mapping[str, int]) -> Finding:
    in_ledger = booked.get(_booked_under(mine.key, mine.ref))
    return Finding(Fault.MISSING_THERE, mine.key, mine.ref, None, mine.amount_fen, in_ledger)
