"""违约金: simple, on the principal outstanding each day, capped.

The state deleted the fixed rate in 2004; what the supply contract agrees holds
(民法典 585, 654), so the rate is a setting and the shipped rate is 0. Courts cut
what is far above the loss, so there is always a cap, by default the overdue principal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from billing_client.domain.money import round_half_up

ONE_DAY = timedelta(days=1)
# The highest rate that any rule allowed: 5‰ a day, 计价格〔1998〕1810号 art. 30, since deleted.
HIGHEST_RATE = Decimal("0.005")


@dataclass(frozen=True)
class LateFeeRule:
    """Raises ValueError for a rate or cap that no rule allows.

    ``components`` limits the fee to a part of the bill (the sewage fee is not the utility's
    money); empty = the whole bill.
    """

    rate_per_day: Decimal = Decimal(0)  # 0.0005 = 0.5‰
    cap_ratio: Decimal = Decimal(1)  # of the overdue principal
    grace_days: int = 0  # after the due date, free of charge
    components: frozenset[str] = frozenset()
    spares_low_income: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.rate_per_day <= HIGHEST_RATE:
            raise ValueError(f"违约金日利率应在 0 到 {HIGHEST_RATE},现为 {self.rate_per_day}。")
        if not 0 <= self.cap_ratio <= 1:
            raise ValueError(f"违约金上限应为本金的 0 到 1 倍,现为 {self.cap_ratio}。")
        if self.grace_days < 0:
            raise ValueError(f"违约金宽限天数不能为负,现为 {self.grace_days}。")


@dataclass(frozen=True)
class PrincipalPaid:
    """Principal settled on a day; that day still counts with the old principal."""

    on: date
    amount_fen: int


@dataclass(frozen=True)
class Pause:
    """Days that cost nothing, first and last included: a dispute, or a plan that is kept."""

    first: date
    last: date


def late_fee_fen(
    principal_fen: int,
    due_on: date,
    until: date,
    paid: Iterable[PrincipalPaid],
    rule: LateFeeRule,
    pauses: Iterable[Pause] = (),
    share: Decimal = Decimal(1),
) -> int:
    """The fee of the days after ``due_on`` up to and with ``until``, rounded once, half up.

    ``share`` is the part of the principal that the rule charges on.
    """
    start = due_on + timedelta(days=rule.grace_days)
    paid = tuple(paid)
    overdue_fen = principal_fen - sum(part.amount_fen for part in paid if part.on <= start)
    charged = principal_days(principal_fen, start, until, paid)
    for pause in _merged(pauses):
        first, last = max(start, pause.first - ONE_DAY), min(until, pause.last)
        if first < last:
            upto, before = (principal_days(principal_fen, start, d, paid) for d in (last, first))
            charged -= upto - before
    exact = Decimal(charged) * rule.rate_per_day
    return round_half_up(min(exact, overdue_fen * rule.cap_ratio) * share)


def principal_days(
    principal_fen: int, start: date, until: date, paid: Iterable[PrincipalPaid]
) -> int:
    """Fen x days outstanding after ``start`` up to and with ``until``; adds up over spans."""
    days = max(0, (until - start).days)
    spared = 0
    for part in paid:
        free_from = max(part.on, start)
        spared += part.amount_fen * max(0, (until - free_from).days)
    return principal_fen * days - spared


def _merged(pauses: Iterable[Pause]) -> list[Pause]:
    """The same days, none of them twice."""
    merged: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.first):
        if merged and pause.first <= merged[-1].last + ONE_DAY:
            merged[-1] = Pause(merged[-1].first, max(merged[-1].last, pause.last))
        else:
            merged.append(pause)
    return merged
