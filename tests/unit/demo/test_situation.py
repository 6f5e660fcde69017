"""The words of ``demo make``: every key, every value, and what cannot go together."""

import pytest

from billing_client.demo.people import PEOPLE
from billing_client.demo.situation import KEYS, BadSituation, Situation, check, parse

ALLOWED = {
    "name": ("made-1", "wang"),
    "bound": ("yes", "no"),
    "accounts": ("1", "5"),
    "class": ("RESIDENT", "SHARED", "INSTITUTION", "NON_RESIDENT", "SPECIAL"),
    "persons": ("1", "12"),
    "low_income": ("yes", "no"),
    "tier": ("1", "2", "3"),
    "year_used": ("1", "5000"),
    "unpaid": ("0", "1"),
    "overdue": ("0", "12"),
    "invoiced": ("yes", "no"),
    "estimated": ("yes", "no"),
    "prepaid": ("0", "128.50", "10000"),
    "autopay": ("none", "pending", "active", "ended"),
    "supply": ("on", "cut", "paused", "closed"),
    "instalment": ("none", "done"),
    "payment": ("none", "doubled"),
    "meter": ("smart", "mechanical"),
    "pattern": ("normal", "night_flow", "step_up", "replaced"),
    "order": ("none", "leak", "no_water", "low_pressure", "water_quality", "meter_fault"),
    "outage": ("none", "here", "elsewhere"),
    "staff": ("on", "off"),
    "code_age": ("none", "0", "1440"),
}
REFUSED = {
    "name": ("", "王", "A b", "x" * 41),
    "accounts": ("0", "6", "二", "1.5"),
    "persons": ("0", "13", "-1"),
    "tier": ("0", "4"),
    "year_used": ("0", "5001"),
    "unpaid": ("2", "yes"),
    "overdue": ("13",),
    "prepaid": ("-1", "0.001", "10000.01", "NaN", "Infinity", "十"),
    "code_age": ("1441", "soon"),
}
IMPOSSIBLE = (
    "bound=no accounts=2",
    "bound=no code_age=5",
    "class=SPECIAL tier=2",
    "class=SHARED low_income=yes",
    "prepaid=10 unpaid=1",
    "prepaid=10 overdue=1",
    "payment=doubled unpaid=1",
    "payment=pending",
    "payment=pending unpaid=1 overdue=1",
    "payment=failed",
    "autopay=failed",
    "autopay=failed unpaid=1 overdue=2",
    "instalment=active",
    "instalment=broken",
    "instalment=done overdue=1",
    "meter=mechanical pattern=night_flow",
)


def test_every_key_is_tried_here() -> None:
    assert set(ALLOWED) == set(KEYS)


@pytest.mark.parametrize("word", [f"{key}={value}" for key in ALLOWED for value in ALLOWED[key]])
def test_allowed_values_are_read(word: str) -> None:
    assert isinstance(parse([word]), Situation)


@pytest.mark.parametrize(
    "word", [f"{key}={value}" for key in KEYS for value in (*REFUSED.get(key, ()), "?", "")]
)
def test_other_values_are_refused_with_the_allowed_ones(word: str) -> None:
    key = word.partition("=")[0]
    with pytest.raises(BadSituation) as refusal:
        parse([word])
    assert KEYS[key].allowed in str(refusal.value)


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_what_cannot_be_together_is_refused(words: str) -> None:
    with pytest.raises(BadSituation, match=r"。$"):
        parse(words.split())


@pytest.mark.parametrize("words", [["unpaid"], ["debt=1"], ["unpaid=1", "unpaid=0"]])
def test_unknown_and_repeated_keys_are_refused(words: list[str]) -> None:
    with pytest.raises(BadSituation, match=r"。$"):
        parse(words)


def test_values_reach_their_fields() -> None:
    situation = parse(["class=SPECIAL", "prepaid=128.50", "code_age=5", "staff=off", "bound=yes"])
    assert situation == Situation(
        customer_class="SPECIAL", prepaid_fen=12_850, code_age=5, staff="off"
    )


@pytest.mark.parametrize("name", PEOPLE)
def test_named_customers_are_possible(name: str) -> None:
    check(PEOPLE[name].situation)
