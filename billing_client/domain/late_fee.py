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


@dataclass(frozen=True)
class LateFeeRule:
    rate_per_day: Decimal = Decimal(0)  # 0.0005 = 0.5‰
    cap_ratio: Decimal = Decimal(1)  # of the overdue principal
    grace_days: int = 0  # after the due date, free of charge


@dataclass(frozen=True)
class PrincipalPaid:
    """Principal settled on a day; that day still counts with the old principal."""

    on: date
    amount_fen: int


def late_fee_fen(
    principal_fen: int,
    due_on: date,
    until: date,
    paid: Iterable[PrincipalPaid],
    rule: LateFeeRule,
) -> int:
    """The fee of the days after ``due_on`` up to and with ``until``, rounded once, half up."""
    start = due_on + timedelta(days=rule.grace_days)
    paid = tuple(paid)
    overdue_fen = principal_fen - sum(part.amount_fen for part in paid if part.on <= start)
    exact = Decimal(principal_days(principal_fen, start, until, paid)) * rule.rate_per_day
    return round_half_up(min(exact, overdue_fen * rule.cap_ratio))


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
