"""Which bill money settles first, and which part of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Part = Literal["late_fee", "principal"]


@dataclass(frozen=True)
class OpenBill:
    bill_id: int
    due_on: date
    late_fee_fen: int  # still to pay
    principal_fen: int  # still to pay


@dataclass(frozen=True)
class Share:
    bill_id: int
    part: Part
    amount_fen: int


def shares_of(
    amount_fen: int, bills: Iterable[OpenBill], preferred: Sequence[int] = ()
) -> tuple[Share, ...]:
    """Named bills in the order named, then the oldest due; inside a bill the late fee first.

    The shares add up to ``amount_fen`` or to all that is open, whichever is less.
    """
    rank = {bill_id: place for place, bill_id in enumerate(preferred)}
    ordered = sorted(
        bills, key=lambda bill: (rank.get(bill.bill_id, len(rank)), bill.due_on, bill.bill_id)
    )
    shares, left = list[Share](), amount_fen
    for bill in ordered:
        parts: tuple[tuple[Part, int], ...] = (
            ("late_fee", bill.late_fee_fen),
            ("principal", bill.principal_fen),
        )
        for part, open_fen in parts:
            taken = min(left, open_fen)
            if taken > 0:
                shares.append(Share(bill.bill_id, part, taken))
                left -= taken
    return tuple(shares)
