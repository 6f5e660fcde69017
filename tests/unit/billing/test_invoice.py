"""Titles, tax and amounts in capitals, by hand and by property."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain import invoice_title
from billing_client.domain.capitals import DIGITS, LARGEST_FEN, capitals
from billing_client.domain.invoice import (
    FOLLOWS,
    InvoiceState,
    Kind,
    may_follow,
    state_of_confirmation,
)
from billing_client.domain.invoice_title import TitleKind, TitleWrong
from billing_client.domain.tax import (
    Charge,
    NoTaxRule,
    TaxRule,
    Treatment,
    lines_of,
    parse_rules,
    rule_for,
    tax_fen,
)
from billing_client.services.tax_rules import SHIPPED

OCTOBER = date(2026, 10, 31)


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (8645, "捌拾陆元肆角伍分"),
        (1005, "壹拾元零伍分"),
        (1050, "壹拾元伍角整"),
        (100_00, "壹佰元整"),
        (1_0001_00, "壹万零壹元整"),
        (10_0100_00, "壹拾万零壹佰元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
        (-8600, "负捌拾陆元整"),
    ],
)
def test_amounts_in_capitals(fen: int, written: str) -> None:
    assert capitals(fen) == written


@given(st.integers(0, LARGEST_FEN))
def test_what_is_written_out_reads_back(fen: int) -> None:
    assert _read(capitals(fen)) == fen


def _read(text: str) -> int:
    """Another way round: digits times their places, independent of the writer."""
    units = {"分": 1, "角": 10}
    total = group = digit = 0
    yuan = 0
    for character in text.removesuffix("整"):
        if character in DIGITS:
            digit = DIGITS.index(character)
        elif character in "拾佰仟":
            group += digit * 10 ** ("拾佰仟".index(character) + 1)
            digit = 0
        elif character in "万亿":
            yuan += (group + digit) * (10_000 if character == "万" else 10**8)
            group = digit = 0
        elif character == "元":
            total, group, digit = (yuan + group + digit) * 100, 0, 0
        else:
            total, digit = total + digit * units[character], 0
    return total


@given(st.integers(0, 10**9), st.sampled_from(["0.03", "0.06", "0.09", "0.13"]))
def test_net_and_tax_are_what_was_paid_and_the_rate_holds(gross: int, rate: str) -> None:
    tax = tax_fen(gross, Decimal(rate))
    assert 0 <= tax <= gross
    assert abs(Decimal(gross - tax) * Decimal(rate) - tax) <= Decimal("0.565")  # half a fen x 1.13


def test_the_worked_example() -> None:
    assert tax_fen(4140, Decimal("0.03")) == 121


def test_the_shipped_rules_split_a_bill() -> None:
    rules = parse_rules(json.loads(SHIPPED.read_text(encoding="utf-8"))["rules"])
    charges = [
        Charge("WATER", OCTOBER, 4140, 18_000),
        Charge("SEWAGE", OCTOBER, 1710, 18_000),
        Charge("LATE_FEE", OCTOBER, 35),
        Charge("WASTE", OCTOBER, 800),
    ]
    lines, left_out = lines_of(charges, rules)
    assert [(line.net_fen, line.tax_fen) for line in lines] == [(4019, 121), (1710, 0), (34, 1)]
    assert left_out == 800


def test_months_are_merged_before_tax_is_rounded() -> None:
    rules = [_rule("2009-01-01", "0.03")]
    one, _ = lines_of([Charge("WATER", OCTOBER, 17, 1000)] * 12, rules)
    assert [(line.gross_fen, line.tax_fen, line.volume_l) for line in one] == [(204, 6, 12_000)]


def test_a_change_of_rate_makes_two_lines() -> None:
    rules = [_rule("2009-01-01", "0.03"), _rule("2026-07-01", "0.09")]
    charges = [Charge("WATER", date(2026, 6, 30), 103), Charge("WATER", OCTOBER, 109)]
    lines, _ = lines_of(charges, rules)
    assert [(line.net_fen, line.tax_fen) for line in lines] == [(100, 3), (100, 9)]


def test_what_has_no_rule_is_never_guessed() -> None:
    with pytest.raises(NoTaxRule):
        rule_for([_rule("2026-11-01", "0.03")], "WATER", OCTOBER)
    with pytest.raises(ValueError, match="rate"):
        parse_rules([{"component": "WATER", "valid_from": "2026-01-01", "treatment": "TAXED"}])


def _rule(valid_from: str, rate: str) -> TaxRule:
    begins = date.fromisoformat(valid_from)
    return TaxRule("WATER", begins, Treatment.TAXED, "水费", "", Decimal(rate))


@pytest.mark.parametrize(
    "number", ["91350100M000100Y43", "91 3501 00m000100y43", "123456789012345"]
)
def test_good_tax_numbers(number: str) -> None:
    made = invoice_title.title(TitleKind.COMPANY, " 清源  小食店 ", number)
    assert made.name == "清源 小食店"
    assert made.tax_no == number.replace(" ", "").upper()


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_one_wrong_character_is_noticed(place: int, character: str) -> None:
    good = "91350100M000100Y43"
    wrong = good[:place] + character + good[place + 1 :]
    if wrong != good:
        with pytest.raises(TitleWrong, match="tax_number_check"):
            invoice_title.title(TitleKind.COMPANY, "清源小食店", wrong)


def test_a_sole_trader_may_use_the_owner_s_number() -> None:
    assert invoice_title.title(TitleKind.COMPANY, "小食店", "11010519491231002X").tax_no


@pytest.mark.parametrize(
    ("name", "number", "reason"),
    [
        ("", "123456789012345", "name"),
        ("店", "1234", "tax_number_form"),
        ("店", None, "tax_number_form"),
    ],
)
def test_what_a_title_lacks(name: str, number: str | None, reason: str) -> None:
    with pytest.raises(TitleWrong, match=reason):
        invoice_title.title(TitleKind.COMPANY, name, number)


def test_only_red_letters_are_confirmed_or_void() -> None:
    asking = InvoiceState.ISSUING
    assert may_follow(asking, InvoiceState.CONFIRMING, Kind.RED)
    assert not may_follow(asking, InvoiceState.CONFIRMING, Kind.BLUE)
    assert not may_follow(asking, InvoiceState.VOID, Kind.BLUE)
    assert all(state in FOLLOWS for state in InvoiceState)
    ends = {state for state in InvoiceState if not FOLLOWS[state]}
    assert ends == {InvoiceState.ISSUED, InvoiceState.FAILED, InvoiceState.VOID}


def test_states_of_a_confirmation() -> None:
    assert {code: state_of_confirmation(code) for code in ("01", "02", "04", "06")} == {
        "01": "ISSUING", "02": "CONFIRMING", "04": "ISSUING", "06": "VOID",
    }  # fmt: skip
    with pytest.raises(ValueError, match="99"):
        state_of_confirmation("99")


def test_the_shipped_rules_name_their_source() -> None:
    data = json.loads(Path(SHIPPED).read_text(encoding="utf-8"))
    assert all(rule["source"] for rule in data["rules"])
