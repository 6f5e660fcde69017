"""From what an account used to its bill: tariff versions, spans, cards, lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing_client.domain.bill import ComputedBill, Part, compute_parts
from billing_client.domain.period import months_between, period_of
from billing_client.domain.price_card import Kind, card_of
from billing_client.domain.price_span import PriceSpan, price_spans
from billing_client.domain.tariff import MONTHS_A_YEAR, Tariff
from billing_client.domain.tier_year import LastBill, counted_before, part_months


@dataclass(frozen=True)
class Use:
    """What is to be billed: ``used_l`` after ``read_from`` until ``read_to``, and of whom."""

    period: str
    read_from: date
    read_to: date
    used_l: int
    customer_class: str
    persons: int
    opened_on: date
    low_income: bool = False
    area: str = ""
    last: LastBill | None = None
    plan_l: int | None = None


@dataclass(frozen=True)
class Priced:
    """A bill, and what it was computed from. ``special`` is None for the plain case."""

    computed: ComputedBill
    tariff_id: str
    prior_l: int
    special: dict[str, Any] | None


def price(versions: Sequence[Tariff], use: Use) -> Priced:
    """The bill under the versions of the utility's tariff.

    Raises LookupError when no version is in force, ValueError for a class without prices.
    """
    spans = price_spans(versions, use.read_from, use.read_to)
    parts = [_part(span, use) for span in spans]
    tariff = spans[-1].tariff
    prior_l = counted_before(use.last, tariff, use.period, use.opened_on)
    special = special_of(kind_of(tariff, use), use.plan_l, spans)
    return Priced(compute_parts(parts), tariff.tariff_id, prior_l, special)


def kind_of(tariff: Tariff, use: Use) -> Kind:
    """The kind of customer as far as the tariff asks for it."""
    prices = tariff.customer_class(use.customer_class)
    return Kind(
        use.customer_class,
        use.persons,
        use.low_income and prices.relief is not None,
        use.area if use.area in tariff.areas else "",
        months_read(use),
        part_months(tariff, use.period, use.opened_on),
    )


def months_read(use: Use) -> int:
    """Months billed at once: since the last bill, at most a year."""
    since = use.last.period if use.last else period_of(use.read_from)
    return min(MONTHS_A_YEAR, max(1, months_between(since, use.period)))


def _part(span: PriceSpan, use: Use) -> Part:
    card = card_of(span.tariff, kind_of(span.tariff, use), span.day)
    before_l, used_l = span.litres(use.used_l)
    prior_l = counted_before(use.last, span.tariff, use.period, use.opened_on)
    return Part(card, prior_l + before_l, before_l, used_l, use.plan_l)


def special_of(kind: Kind, plan_l: int | None, spans: Sequence[PriceSpan]) -> dict[str, Any] | None:
    """What a price depended on beside the columns of a bill; None in the plain case."""
    facts: dict[str, Any] = {}
    if kind.months != 1:
        facts["months"] = kind.months
    if kind.part_months != MONTHS_A_YEAR:
        facts["part_months"] = kind.part_months
    if kind.low_income:
        facts["low_income"] = True
    if kind.area:
        facts["area"] = kind.area
    if plan_l is not None:
        facts["plan_l"] = plan_l
    if len(spans) > 1:
        facts["tariffs"] = [span.tariff.tariff_id for span in spans]
    return facts or None
