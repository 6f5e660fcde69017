"""Flow files: what is refused, and how precisely."""

import pytest

from bot.flows.condition import ConditionError, parse
from bot.flows.loader import FlowProblems, load_sources
from bot.flows.model import Branch, Collect, Finish, Level


def problems_of(text: str) -> list[str]:
    with pytest.raises(FlowProblems) as raised:
        load_sources({"a.yml": text})
    return raised.value.problems


def test_nested_steps_are_joined_by_names() -> None:
    text = """
flow: a
title: 甲
level: fresh
steps:
  - if: slots.x == 'Y'
    then: [{respond: utter_x}, end]
  - confirm: ok
    no: {end: utter_no}
"""
    flow = load_sources({"a.yml": text})["a"]
    branch, confirm = flow.steps[flow.first], flow.steps["ok"]
    assert isinstance(branch, Branch) and branch.otherwise == "ok"
    assert isinstance(flow.steps[flow.steps[branch.next].next], Finish)
    assert isinstance(confirm, Collect) and confirm.is_confirm
    assert flow.level is Level.fresh and flow.own_slots == {"ok"}


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ("[{collect: a, foo: 1}]", "a.yml: steps[0]: `collect` has no key foo"),
        ("[{respond: u, next: zz}]", "a.yml: steps[0]: `next: zz` names no step of this flow"),
        ("[{if: 'slots.a =', then: [end]}]", "a.yml: steps[0]: cannot read '='"),
        ("[{if: slots.a}]", "a.yml: steps[0].then: a list of steps is missing here"),
        ("[{respond: u, action: b}]", "steps[0]: a step has exactly one of"),
        ("[[]]", "a.yml: steps[0]: [] is no step"),
        ("[]", "a.yml: steps: a list of steps is missing here"),
        ("[{collect: a, options: [屋里]}]", "a.yml: steps[0]: `options` is a mapping"),
    ],
)
def test_a_wrong_step_is_named(steps: str, problem: str) -> None:
    assert problem in "\n".join(problems_of(f"flow: a\ntitle: 甲\nsteps: {steps}"))


def test_wrong_keys_and_levels_are_named() -> None:
    problems = problems_of("flow: a\ntitle: 甲\nlevel: boss\nsteps: [end]\ncolour: red")
    assert "a.yml: unknown key 'colour'" in problems
    assert "a.yml: unknown level 'boss'; there are anyone, bound, fresh" in problems
    assert "a.yml: `title` is missing" in problems_of("flow: a\nsteps: [end]")


def test_a_flow_may_exist_once_and_must_be_yaml() -> None:
    twice = "flow: a\ntitle: 甲\nsteps: [end]\n---\nflow: a\ntitle: 乙\nsteps: [end]"
    assert problems_of(twice) == ["a.yml: flow a exists in a.yml too"]
    assert problems_of("flow: [")[0].startswith("a.yml: not YAML")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("slots.yes", True),
        ("not slots.nothing", True),
        ("slots.state == 'ON' and slots.count > 2", True),
        ("slots.state == 'OFF' or slots.count <= 3", True),
        ("slots.state in ['A', 'ON']", True),
        ("slots.count != 3", False),
        ("slots.nothing > 1", False),
        ("slots.nothing == null", True),
        ("slots.yes == true and not slots.count", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    slots = {"yes": True, "state": "ON", "count": 3, "nothing": None}
    assert parse(text).holds(slots) is holds


@pytest.mark.parametrize(
    "text", ["", "open('x')", "slots.a ==", "slots.a == b", "a == 1", "slots.a slots.b"]
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(ConditionError):
        parse(text)
