"""Which bill money settles first, and which part of it.

Where money does not reach, the debtor's own word decides first, then the due date (民法典
560); a utility may agree another order inside a bill. The default is the usual one of
utilities: named bills, then the oldest due; inside a bill the late fee first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast, get_args

Part = Literal["late_fee", "principal"]
LateFeePlace = Literal["FIRST", "LAST", "AFTER_ALL_BILLS"]
PROPORTIONAL = "PROPORTIONAL"


@dataclass(frozen=True)
class AllocationRule:
    """``late_fee``: before its bill, after its bill, or after the principal of all bills.

    ``components``: which part of a bill a payment in part is counted for, in this order;
    what is not named comes after, and () shares it in proportion. The sewage fee is not the
    utility's money, so what was collected of it must be told (财税〔2014〕151号).
    """

    late_fee: LateFeePlace = "FIRST"
    components: tuple[str, ...] = ()


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


def parse(stored: Mapping[str, Any]) -> AllocationRule:
    """Read the setting. Raises ValueError with a sentence for who wrote it."""
    late_fee = stored.get("late_fee", "FIRST")
    if late_fee not in get_args(LateFeePlace):
        choices = "、".join(get_args(LateFeePlace))
        raise ValueError(f"allocation.late_fee 只能是 {choices},现为「{late_fee}」。")
    components = stored.get("components", PROPORTIONAL)
    if components == PROPORTIONAL:
        return AllocationRule(late_fee)
    codes = tuple(map(str, cast(list[str], components))) if isinstance(components, list) else ()
    if not codes or len(set(codes)) != len(codes):
        raise ValueError(
            f'allocation.components 应是不重复的列表,如 ["SEWAGE", "WATER"],或 {PROPORTIONAL}。'
        )
    return AllocationRule(late_fee, codes)


def shares_of(
    amount_fen: int,
    bills: Iterable[OpenBill],
    preferred: Sequence[int] = (),
    rule: AllocationRule = AllocationRule(),
) -> tuple[Share, ...]:
    """Named bills in the order named, then the oldest due; inside them by the rule.

    The shares add up to ``amount_fen`` or to all that is open, whichever is less.
    """
    rank = {bill_id: place for place, bill_id in enumerate(preferred)}
    ordered = sorted(
        bills, key=lambda bill: (rank.get(bill.bill_id, len(rank)), bill.due_on, bill.bill_id)
    )
    shares, left = list[Share](), amount_fen
    for wanted in _wanted(ordered, rule):
        taken = min(left, wanted.amount_fen)
        if taken > 0:
            shares.append(Share(wanted.bill_id, wanted.part, taken))
            left -= taken
    return tuple(shares)


def by_component(
    items: Mapping[str, int], paid_fen: int, rule: AllocationRule = AllocationRule()
) -> dict[str, int]:
    """What ``paid_fen`` of a bill's principal was for; the parts add up to it, none above its item.

    In proportion by the largest remainder, else one component after the other. Raises
    ValueError for more than the items amount to.
    """
    total_fen = sum(items.values())
    if not 0 <= paid_fen <= total_fen:
        raise ValueError(f"{paid_fen} fen were paid of {total_fen}")
    if not rule.components:
        return _in_proportion(items, paid_fen, total_fen)
    named = [code for code in rule.components if code in items]
    parts: dict[str, int] = dict.fromkeys(items, 0)
    for code in (*named, *(code for code in items if code not in named)):
        parts[code] = min(paid_fen, items[code])
        paid_fen -= parts[code]
    return parts


def _wanted(bills: Sequence[OpenBill], rule: AllocationRule) -> Iterator[Share]:
    """What is open, part by part, in the order in which it is settled."""
    for bill in bills:
        fee = Share(bill.bill_id, "late_fee", bill.late_fee_fen)
        if rule.late_fee == "FIRST":
            yield fee
        yield Share(bill.bill_id, "principal", bill.principal_fen)
        if rule.late_fee == "LAST":
            yield fee
    if rule.late_fee == "AFTER_ALL_BILLS":
        for bill in bills:
            yield Share(bill.bill_id, "late_fee", bill.late_fee_fen)


def _in_proportion(items: Mapping[str, int], paid_fen: int, total_fen: int) -> dict[str, int]:
    if not total_fen:
        return dict.fromkeys(items, 0)
    parts = {code: paid_fen * fen // total_fen for code, fen in items.items()}
    rests = sorted(items, key=lambda code: -(paid_fen * items[code] % total_fen))
    for code in rests[: paid_fen - sum(parts.values())]:
        parts[code] += 1
    return parts
