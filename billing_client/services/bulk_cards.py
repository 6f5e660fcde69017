"""Brings the price cards that a chunk of accounts needs into the session's own tables.

The rules of tariffs stay in the domain: here each kind of customer that occurs gets its card,
and SQL only lays volumes over the cards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.types.json import Jsonb

from billing_client.domain.price_card import Kind, card_of
from billing_client.domain.price_span import PriceSpan, price_spans
from billing_client.domain.pricing import special_of
from billing_client.domain.tariff import Tariff
from billing_client.domain.tier_year import part_months, span_of

ENDLESS = 2**62
LONG_AGO = date(1900, 1, 1)


class Needed(NamedTuple):
    """What the price of an account depends on, as the columns of ``bulk_use``."""

    read_from: date
    read_to: date
    customer_class: str
    persons: int
    low_income: bool
    area: str
    months: int
    opened: str  # '' unless the tariff asks when the account was opened


@dataclass
class Cards:
    connection: Connection
    versions: Sequence[Tariff]
    period: str
    _known: set[Needed] = field(default_factory=set)
    _next: int = 1

    @property
    def ask_opened(self) -> bool:
        return any(it.part_year != "FULL" or it.period.anchor == "ACCOUNT" for it in self.versions)

    @property
    def areas(self) -> list[str]:
        return sorted({area for it in self.versions for area in it.areas})

    def bring(self, needed: Iterable[Needed]) -> None:
        """Cards for kinds without prices are missing afterwards: they are exceptions."""
        for one in set(needed) - self._known:
            self._known.add(one)
            try:
                spans = price_spans(self.versions, one.read_from, one.read_to)
                self._write(one, spans)
            except (LookupError, ValueError):
                continue

    def _write(self, one: Needed, spans: Sequence[PriceSpan]) -> None:
        cards = [(span, self._kind(span.tariff, one)) for span in spans]
        priced = [(span, kind, card_of(span.tariff, kind, span.day)) for span, kind in cards]
        for part, (span, kind, card) in enumerate(priced, start=1):
            self._insert(
                "bulk_card",
                (
                    self._next, *one, part, part == len(priced), span.tariff.tariff_id,
                    span.days_before, span.days_upto, span.days,
                    self._counts_from(span.tariff, one),
                    span.tariff.counter_on_change == "RESTART",
                    card.quota_l, card.minimum_fen,
                    _json(special_of(kind, None, spans)),
                ),
            )  # fmt: skip
            item_names = {it.component: it.name for it in reversed(card.steps) if _names(it.kind)}
            for it in card.steps:
                name = item_names.get(it.component, it.name)
                hi = ENDLESS if it.hi_l is None else it.hi_l
                head = (self._next, it.kind, it.position, it.component, it.name, it.tier)
                self._insert("bulk_step", (*head, it.lo_l, hi, it.price_e4, name))
            self._next += 1

    def _kind(self, tariff: Tariff, one: Needed) -> Kind:
        prices = tariff.customer_class(one.customer_class)
        return Kind(
            one.customer_class,
            one.persons,
            one.low_income and prices.relief is not None,
            one.area if one.area in tariff.areas else "",
            one.months,
            part_months(tariff, self.period_of(one), _opened(one)),
        )

    def _counts_from(self, tariff: Tariff, one: Needed) -> str:
        return counts_from(tariff, self.period_of(one), one.opened)

    def period_of(self, one: Needed) -> str:
        return self.period

    def _insert(self, table: str, values: Sequence[Any]) -> None:
        marks = ", ".join(["%s"] * len(values))
        self.connection.execute(f"INSERT INTO {table} VALUES ({marks})".encode(), values)  # noqa: S608


def counts_from(tariff: Tariff, period: str, opened: str) -> str:
    """The first period whose volumes count with those of ``period`` against the limits."""
    first, _ = span_of(date.fromisoformat(f"{period}-01"), tariff.period, _day(opened))
    return f"{first:%Y-%m}"


def _opened(one: Needed) -> date:
    return _day(one.opened)


def _day(opened: str) -> date:
    return date.fromisoformat(f"{opened}-01") if opened else LONG_AGO


def _names(kind: str) -> bool:
    return kind in ("tier", "month")


def _json(value: dict[str, Any] | None) -> Jsonb | None:
    return None if value is None else Jsonb(value)
