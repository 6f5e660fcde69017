"""The checker finds every name that the domain lacks, and steps that lead nowhere."""

import dataclasses
from pathlib import Path

from bot.flows import vocabulary
from bot.flows.check_command import check
from bot.flows.checker import check_flows
from bot.flows.domain_names import DomainNames
from bot.flows.loader import load_sources
from tests.unit.flows.project import FLOWS

SOUND = DomainNames(
    intents=frozenset(
        {*vocabulary.ENGINE_INTENTS, "pay_bill", "check_bill", "report_leak", "report_no_water"}
        | {"greet"}
    ),
    entities=frozenset({"account_no", "amount", "bill_period", "address", "phone"}),
    slots=frozenset(
        {*vocabulary.ENGINE_SLOTS, "account_no", "amount", "pay_confirmed", "bill_period"}
        | {"owes", "place", "inside", "phone", "code"}
    ),
    actions=frozenset(
        {"action_check_amount", "action_pay", "action_show_bill", "action_ask_phone"}
        | {"action_open_report", "action_confirm_code", "action_hand_over", "action_answer_faq"}
    ),
    responses=frozenset(
        {*vocabulary.ENGINE_RESPONSES, "utter_ask_account_no", "utter_ask_amount"}
        | {"utter_ask_pay_confirmed", "utter_pay_left", "utter_offer_more", "utter_offer_pay"}
        | {"utter_ask_place", "utter_ask_inside", "utter_ask_code", "utter_greet"}
        | {"utter_out_of_scope"}
    ),
    buttons=vocabulary.CHOICES,
)


def problems_of(text: str, domain: DomainNames = SOUND) -> list[str]:
    return check_flows(load_sources({"a.yml": FLOWS + "\n---\n" + text}), domain)


def test_the_small_utility_is_sound() -> None:
    assert check_flows(load_sources({"a.yml": FLOWS}), SOUND) == []


def test_each_unknown_name_is_found() -> None:
    problems = problems_of("""
flow: b
title: 乙
starts_with: [no_intent, pay_bill]
first_fills: [no_slot]
steps:
  - collect: amount
    ask: utter_missing
    from: [no_entity]
    check: action_missing
  - collect: code
  - if: slots.unknown
    then: [{respond: utter_gone}]
  - call: nowhere
  - set: {elsewhere: 1}
offer: {ask: utter_never, yes: gone}
""")
    wanted = [
        "intent 'no_intent'", "pay_bill starts flow pay_bill already", "slot 'no_slot'",
        "the question is missing: no response or action 'utter_missing'", "entity 'no_entity'",
        "action 'action_missing'", "code: no answer can fill it", "slot 'unknown'",
        "'utter_gone'", "flow 'nowhere'", "slot 'elsewhere'", "'utter_never'", "flow 'gone'",
    ]  # fmt: skip
    for words in wanted:
        assert any(words in problem for problem in problems), words


def test_paths_that_lead_nowhere() -> None:
    problems = problems_of("""
flow: b
title: 乙
steps:
  - {id: one, respond: utter_greet, next: two}
  - {id: lost, respond: utter_greet}
  - {id: two, respond: utter_greet, next: one}
""")
    assert "a.yml: lost: no path leads to this step" in problems
    assert "a.yml: one: dead end, the flow cannot end from here" in problems
    assert "a.yml: one → two → one: a loop without a question" in problems


def test_what_the_engine_needs_of_the_domain() -> None:
    bare = dataclasses.replace(
        SOUND, slots=SOUND.slots - {"flow_stack"}, buttons=dict.fromkeys(vocabulary.CHOICES, 0)
    )
    problems = problems_of("flow: b\ntitle: 乙\nsteps: [end]", bare)
    assert "domain: unknown slot 'flow_stack'" in problems
    assert "domain: utter_offer_person needs its 3 buttons (docs/flows.md)" in problems


def test_options_and_buttons_are_as_many() -> None:
    three = dataclasses.replace(SOUND, buttons={**SOUND.buttons, "utter_ask_inside": 3})
    problems = check_flows(load_sources({"a.yml": FLOWS}), three)
    assert problems == ["a.yml: inside: 2 options, but utter_ask_inside shows 3 buttons"]


def test_a_project_without_flows(tmp_path: Path) -> None:
    assert check(tmp_path) == ["nlu_data/flows: no flow found"]
