"""Terms that hold from a day on: persons of a household, class of use, low income.

When a grant runs out, what stood before the first grant holds again (一户多人口 expires and
is renewed; 天津 four years, other cities one or two).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

What = Literal["persons", "customer_class", "low_income"]
RENEWAL_ASKED_BEFORE = timedelta(days=60)  # 天津: renewed in the last two months


@dataclass(frozen=True)
class Term:
    valid_from: date
    valid_to: date | None
    value: Any


def in_force(terms: Sequence[Term], day: date, base: Any) -> Any:
    """The value of the newest term that holds on ``day``, else ``base``."""
    holding = [
        term
        for term in terms
        if term.valid_from <= day and (term.valid_to is None or day <= term.valid_to)
    ]
    return max(holding, key=lambda term: term.valid_from).value if holding else base


def first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_later(day: date, months: int) -> date:
    """The last day of a grant of so many months from ``day``; month ends are cut short."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    last = first_of_next_month(date(year, month, 1)) - timedelta(days=1)
    same = date(year, month, min(day.day, last.day))
    return same - timedelta(days=1)
