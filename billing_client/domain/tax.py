"""What of a bill goes on the invoice, and the tax in it: dated data, one rule a bill item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from billing_client.domain.money import round_half_up


class Treatment(StrEnum):
    TAXED = "TAXED"
    EXEMPT = "EXEMPT"  # 免税
    NON_TAXABLE = "NON_TAXABLE"  # 不征税
    NOT_INVOICED = "NOT_INVOICED"  # on another receipt, or on none


class NoTaxRule(LookupError):
    """The utility has not said how an item is taxed; nothing is guessed. Names item and day."""


@dataclass(frozen=True)
class TaxRule:
    """How one item is treated from a day on. ``rate`` is None where no tax is due."""

    component: str
    valid_from: date
    treatment: Treatment
    name: str  # as it stands on the invoice: *水冰雪*自来水
    tax_code: str  # 税收分类编码, 19 digits
    rate: Decimal | None = None
    simple: bool = False  # 简易计税
    source: str = ""


@dataclass(frozen=True)
class Charge:
    """A part of a bill as it was paid, tax included. ``volume_l`` where it is sold by m³."""

    component: str
    on: date
    gross_fen: int
    volume_l: int | None = None


@dataclass(frozen=True)
class InvoiceLine:
    """``net_fen`` + ``tax_fen`` is what was paid."""

    rule: TaxRule
    net_fen: int
    tax_fen: int
    volume_l: int | None

    @property
    def gross_fen(self) -> int:
        return self.net_fen + self.tax_fen


def parse_rules(data: Iterable[Mapping[str, Any]]) -> tuple[TaxRule, ...]:
    """From the shipped file or the utility's setting. Raises ValueError, KeyError."""
    return tuple(_rule(entry) for entry in data)


def _rule(entry: Mapping[str, Any]) -> TaxRule:
    treatment = Treatment(entry["treatment"])
    rate = None if entry.get("rate") is None else Decimal(entry["rate"])
    if (treatment is Treatment.TAXED) != (rate is not None):
        raise ValueError(f"{entry['component']}: a rate belongs to TAXED and to nothing else")
    if rate is not None and not 0 < rate < 1:
        raise ValueError(f"{entry['component']}: rate {rate} is not between 0 and 1")
    return TaxRule(
        component=entry["component"],
        valid_from=date.fromisoformat(entry["valid_from"]),
        treatment=treatment,
        name=entry.get("name", ""),
        tax_code=entry.get("tax_code", ""),
        rate=rate,
        simple=bool(entry.get("simple", False)),
        source=entry.get("source", ""),
    )


def rule_for(rules: Iterable[TaxRule], component: str, on: date) -> TaxRule:
    """The rule that began last. Raises NoTaxRule."""
    begun = [rule for rule in rules if rule.component == component and rule.valid_from <= on]
    if not begun:
        raise NoTaxRule(f"{component} {on}")
    return max(begun, key=lambda rule: rule.valid_from)


def tax_fen(gross_fen: int, rate: Decimal) -> int:
    """The tax inside an amount: gross x rate / (1 + rate), half up. What is left is net."""
    return round_half_up(Decimal(gross_fen) * rate / (1 + rate))


def lines_of(
    charges: Iterable[Charge], rules: Iterable[TaxRule]
) -> tuple[tuple[InvoiceLine, ...], int]:
    """The lines of an invoice, one a rule, and the fen that go on no invoice.

    Tax is rounded once a line, so that net and tax always add up to what was paid.
    """
    rules = tuple(rules)
    gross: dict[TaxRule, int] = {}
    volume: dict[TaxRule, int] = {}
    left_out = 0
    for charge in charges:
        rule = rule_for(rules, charge.component, charge.on)
        if rule.treatment is Treatment.NOT_INVOICED:
            left_out += charge.gross_fen
            continue
        gross[rule] = gross.get(rule, 0) + charge.gross_fen
        volume[rule] = volume.get(rule, 0) + (charge.volume_l or 0)
    lines = tuple(_line(rule, fen, volume[rule]) for rule, fen in gross.items() if fen)
    return lines, left_out


def _line(rule: TaxRule, gross_fen: int, volume_l: int) -> InvoiceLine:
    tax = tax_fen(gross_fen, rule.rate) if rule.rate is not None else 0
    return InvoiceLine(rule, gross_fen - tax, tax, volume_l or None)
