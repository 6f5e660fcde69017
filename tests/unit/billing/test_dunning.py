"""Which dunning step is due: the order, the waits, and what forbids each."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.dunning import Facts, Hold, next_step, parse
from billing_client.services.dunning_facts import SHIPPED

DATA: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
RULE = parse(DATA)
CODES = [stage.code for stage in RULE.stages]
DUE = date(2026, 9, 7)
OWES = Facts("RESIDENT", False, True, 9_000, DUE, approved=True)


def after(days: int) -> date:
    return DUE + timedelta(days=days)


def taken(**days: int) -> dict[str, date]:
    return {code: after(count) for code, count in days.items()}


def step(facts: Facts, day: date) -> str | None:
    found = next_step(facts, RULE, day)
    return found.code if found is not None and not isinstance(found, Hold) else found


def test_the_first_reminder_comes_the_day_after() -> None:
    assert step(OWES, DUE) is None
    assert step(OWES, after(1)) == "remind_1"
    assert step(replace(OWES, overdue_fen=999), after(1)) is None
    assert step(replace(OWES, overdue_fen=0, oldest_due_on=None), after(90)) is None


def test_no_step_is_skipped_however_late_the_run_is() -> None:
    assert step(OWES, after(200)) == "remind_1"
    once = replace(OWES, taken=taken(remind_1=200))
    assert step(once, after(204)) is None
    assert step(once, after(205)) == "remind_2"


NOTICED = replace(
    OWES,
    taken=taken(remind_1=1, remind_2=10, demand=20),
    delivered=taken(remind_1=1, remind_2=10, demand=21),
)


@pytest.mark.parametrize(("customer_class", "days"), [("RESIDENT", 30), ("NON_RESIDENT", 15)])
def test_the_term_of_a_demand_runs_from_its_delivery(customer_class: str, days: int) -> None:
    it = replace(NOTICED, customer_class=customer_class)
    assert step(it, after(21 + days - 1)) is None
    assert step(it, after(21 + days)) == "cut_notice"
    unheard = replace(it, delivered=taken(remind_1=1, remind_2=10))
    assert step(unheard, after(300)) is Hold.NOT_DELIVERED


@pytest.mark.parametrize(
    ("change", "hold"),
    [
        ({"approved": False}, Hold.NOT_APPROVED),
        ({"disputed": True}, Hold.DISPUTED),
        ({"plan_running": True}, Hold.INSTALMENT),
        ({"payment_pending": True}, Hold.PAYMENT_PENDING),
        ({"low_income": True}, Hold.PROTECTED),
        ({"customer_class": "SHARED"}, Hold.PROTECTED),
        ({"supply_on": False}, Hold.NOT_ON),
    ],
)
def test_what_forbids_a_cut(change: dict[str, Any], hold: Hold) -> None:
    assert step(replace(NOTICED, **change), after(90)) is hold


def test_a_dispute_stops_even_a_reminder() -> None:
    assert step(replace(OWES, disputed=True), after(1)) is Hold.DISPUTED


def test_no_supply_is_cut_before_a_day_off() -> None:
    noticed = {**(NOTICED.taken or {}), "cut_notice": date(2026, 11, 2)}
    it = replace(NOTICED, taken=noticed, delivered=noticed)
    assert step(it, date(2026, 11, 3)) is None  # less than 48 hours
    assert step(it, date(2026, 11, 4)) == "cut_order"
    assert step(it, date(2026, 11, 6)) is Hold.DAY_OFF  # Friday
    assert step(it, date(2026, 11, 8)) is Hold.DAY_OFF
    assert step(it, date(2026, 9, 30)) is None


def test_the_shipped_rule_never_cuts_unheard_or_unapproved() -> None:
    assert CODES == ["remind_1", "remind_2", "demand", "cut_notice", "cut_order"]
    for stage in DATA["stages"][3:]:
        for guard in ("delivered_before", "approval"):
            weak = {**DATA, "stages": [*DATA["stages"][:3], {**stage, guard: False}]}
            with pytest.raises(ValueError, match="cuts without"):
                parse(weak)


@given(
    st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 400),
    st.sampled_from(["RESIDENT", "NON_RESIDENT", "SHARED"]),
)  # fmt: skip
def test_nothing_is_ever_cut_against_a_guard(
    disputed: bool, plan: bool, approved: bool, low_income: bool, days: int, customer_class: str
) -> None:
    it = replace(
        NOTICED, disputed=disputed, plan_running=plan, approved=approved, low_income=low_income,
        customer_class=customer_class,
    )  # fmt: skip
    found = next_step(it, RULE, after(days))
    if found is not None and not isinstance(found, Hold) and found.cuts:
        assert approved
        assert not (disputed or plan or low_income)
        assert customer_class != "SHARED"
