"""The `steps:` of a flow file to linked steps: nested lists become one table joined by names."""

import re
from collections.abc import Callable
from typing import TypeAlias, cast

from bot.flows.condition import ConditionError, parse
from bot.flows.model import (
    END,
    Branch,
    Call,
    Collect,
    Finish,
    Jump,
    Option,
    Run,
    SetSlots,
    Step,
    Value,
)  # fmt: skip

YES_OR_NO: dict[str, Value] = {"yes": True, "no": False}
YES_AND_NO: dict[str, Value] = {"affirm": True, "deny": False}
EXTRA_KEYS = {
    "collect": {
        "ask", "from", "intents", "options", "words", "pattern", "text", "skip_if_set",
        "check", "optional",
    },
    "confirm": {
        "ask", "no", "from", "options", "words", "intents", "skip_if_set", "check", "optional",
    },
    "if": {"then", "else"},
    "action": set[str](), "respond": set[str](), "call": set[str](),
    "set": set[str](), "end": set[str](),
}  # fmt: skip

Keys: TypeAlias = dict[str, object]


class FlowError(ValueError):
    """A flow file says something the flow language does not know."""


class StepReader:
    """Reads one flow's steps into `steps`; problems go to `report(where, what)`."""

    def __init__(self, report: Callable[[str, str], None]) -> None:
        self.steps: dict[str, Step] = {}
        self._report = report
        self._named: set[str] = set()

    def read(self, items: object) -> str:
        """Reads the whole list and returns the name of the first step."""
        first = self._sequence(items, "steps", END)
        for step in self.steps.values():
            if step.next != END and step.next not in self.steps:
                self._report(step.id, f"`next: {step.next}` names no step of this flow")
        return first

    def _sequence(self, items: object, where: str, after: str) -> str:
        """Reads one list whose last step goes on to `after`; returns the name of its first step."""
        if isinstance(items, dict | str):
            items = [items]
        if not isinstance(items, list) or not items:
            self._report(where, "a list of steps is missing here")
            return after
        places = [f"{where}[{number}]" for number in range(len(cast(list[object], items)))]
        entries = [self._entry(item, place) for item, place in zip(items, places, strict=True)]
        names = [self._name(keys, place) for keys, place in zip(entries, places, strict=True)]
        for keys, place, name, following in zip(
            entries, places, names, [*names[1:], after], strict=True
        ):
            self.steps[name] = Jump(name, following)  # holds the file's order
            try:
                self.steps[name] = self._step(keys, place, name, following)
            except (FlowError, ConditionError) as error:
                self._report(place, str(error))
        return names[0]

    def _entry(self, item: object, place: str) -> Keys:
        if item == "end":
            return {"end": None}
        if isinstance(item, dict):
            return cast(Keys, item)
        self._report(place, f"{item!r} is no step")
        return {"end": None}

    def _name(self, keys: Keys, place: str) -> str:
        name = str(keys.get("id") or keys.get("collect") or keys.get("confirm") or place)
        if name in self._named:
            if "id" in keys:
                self._report(place, f"the name {name!r} is taken by another step")
            name = place
        self._named.add(name)
        return name

    def _step(self, keys: Keys, place: str, name: str, following: str) -> Step:
        next_step = str(keys.get("next", following))
        kinds = [kind for kind in EXTRA_KEYS if kind in keys]
        if not kinds and set(keys) <= {"next", "id"} and "next" in keys:
            return Jump(name, next_step)
        if len(kinds) != 1:
            raise FlowError(f"a step has exactly one of {', '.join(EXTRA_KEYS)}; here: {kinds}")
        kind = kinds[0]
        unknown = set(keys) - EXTRA_KEYS[kind] - {kind, "next", "id"}
        if unknown:
            raise FlowError(f"`{kind}` has no key {', '.join(sorted(unknown))}")
        return self._of_kind(kind, keys, place, name, next_step)

    def _of_kind(self, kind: str, keys: Keys, place: str, name: str, next_step: str) -> Step:
        value = keys[kind]
        match kind:
            case "collect":
                step = _collect(keys, str(value), name, next_step)
            case "confirm":
                no = self._sequence(keys["no"], f"{place}.no", END) if "no" in keys else ""
                step = _collect(keys, str(value), name, next_step, no)
            case "action" | "respond":
                step = Run(name, next_step, str(value))
            case "if":
                step = self._branch(keys, place, name, next_step)
            case "call":
                step = Call(name, next_step, str(value))
            case "set":
                step = SetSlots(name, next_step, cast(dict[str, Value], _mapping(value, "set")))
            case _:
                step = Finish(name, END, None if value is None else str(value))
        return step

    def _branch(self, keys: Keys, place: str, name: str, next_step: str) -> Branch:
        then = self._sequence(keys.get("then"), f"{place}.then", next_step)
        otherwise = next_step
        if "else" in keys:
            otherwise = self._sequence(keys["else"], f"{place}.else", next_step)
        return Branch(name, then, parse(str(keys["if"])), otherwise)


def _collect(keys: Keys, slot: str, name: str, next_step: str, no: str | None = None) -> Collect:
    intents = cast(dict[str, Value], _mapping(keys.get("intents") or {}, "intents"))
    check, pattern = keys.get("check"), keys.get("pattern")
    return Collect(
        name,
        next_step,
        slot,
        ask=str(keys.get("ask", f"utter_ask_{slot}")),
        entities=tuple(str(entity) for entity in _list(keys.get("from") or [], "from")),
        intents=intents if no is None else YES_AND_NO | intents,
        options=tuple(_option(item) for item in _list(keys.get("options") or [], "options")),
        words={
            value if no is None else YES_OR_NO[value]: tuple(map(str, _list(words, "words")))
            for value, words in _mapping(keys.get("words") or {}, "words").items()
        },
        pattern=None if pattern is None else _pattern(str(pattern)),
        text=keys.get("text") is True,
        skip_if_set=keys.get("skip_if_set", no is None) is True,
        check=None if check is None else str(check),
        otherwise=no,
        optional=keys.get("optional") is True,
    )


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise FlowError(f"`pattern` is no regular expression: {error}") from None
    return text


def _option(item: object) -> Option:
    option = _mapping(item, "options")
    if set(option) != {"title", "value"}:
        raise FlowError("an option is {title: …, value: …}")
    return Option(str(option["title"]), cast(Value, option["value"]))


def _mapping(value: object, key: str) -> Keys:
    if not isinstance(value, dict):
        raise FlowError(f"`{key}` is a mapping")
    return cast(Keys, value)


def _list(value: object, key: str) -> list[object]:
    if not isinstance(value, list):
        raise FlowError(f"`{key}` is a list")
    return cast(list[object], value)
