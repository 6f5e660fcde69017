"""Flow files to flows: reads every *.yml of a folder and says precisely what is wrong with one."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import yaml

from bot.flows.condition import ConditionError, parse
from bot.flows.model import Flow, Flows, Level, Offer
from bot.flows.steps import FlowError, StepReader

FLOW_KEYS = {
    "flow", "title", "starts_with", "named", "why", "first_fills", "level", "digression", "steps",
    "follow_up", "offer", "persist", "clears",
}  # fmt: skip


class FlowProblems(ValueError):
    """Some flow files cannot be read; `problems` has one line for each thing wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class _PlainLoader(yaml.SafeLoader):
    """YAML where only true and false are booleans: the flow language has the keys yes and no."""


_PlainLoader.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool"]
    for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")
)


def read_sources(folder: Path) -> dict[str, str]:
    """The text of every flow file in the folder and the folders below, by relative name."""
    files = sorted(folder.rglob("*.yml"))
    return {str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in files}


def load_folder(folder: Path) -> Flows:
    """All flows of a folder. Raises FlowProblems."""
    return load_sources(read_sources(folder))


def load_sources(sources: Mapping[str, str]) -> Flows:
    """All flows of these files (name to text); a file holds one flow or several documents.

    A slot that one flow lets persist is cleared by none. Raises FlowProblems with a line for
    each problem of each file.
    """
    flows: dict[str, Flow] = {}
    problems: list[str] = []
    for file, text in sources.items():
        try:
            documents = list(yaml.load_all(text, Loader=_PlainLoader))
        except yaml.YAMLError as error:
            problems.append(f"{file}: not YAML: {' '.join(str(error).split())}")
            continue
        for document in filter(None, documents):
            flow = _read_flow(file, cast(object, document), problems)
            if flow and flow.name in flows:
                problems.append(f"{file}: flow {flow.name} exists in {flows[flow.name].file} too")
            elif flow:
                flows[flow.name] = flow
    if problems:
        raise FlowProblems(problems)
    kept = frozenset(slot for flow in flows.values() for slot in flow.persist)
    return {name: replace(flow, persist=kept) for name, flow in flows.items()}


def _read_flow(file: str, document: object, problems: list[str]) -> Flow | None:
    before = len(problems)
    if not isinstance(document, dict):
        problems.append(f"{file}: a flow is a mapping that begins with `flow: NAME`")
        return None
    keys = cast(dict[str, object], document)
    problems += [f"{file}: unknown key {key!r}" for key in keys if key not in FLOW_KEYS]
    problems += [
        f"{file}: `{key}` is missing" for key in ("flow", "title", "steps") if key not in keys
    ]
    reader = StepReader(lambda where, what: problems.append(f"{file}: {where}: {what}"))
    first = reader.read(keys.get("steps"))
    try:
        flow = _build_flow(file, keys, reader, first)
    except FlowError as error:
        problems.append(f"{file}: {error}")
        return None
    return flow if len(problems) == before else None


def _build_flow(file: str, keys: dict[str, object], reader: StepReader, first: str) -> Flow:
    follow_up, why = keys.get("follow_up"), keys.get("why")
    return Flow(
        name=str(keys.get("flow")),
        title=str(keys.get("title")),
        steps=reader.steps,
        first=first,
        starts_with=_names(keys, "starts_with"),
        named=_names(keys, "named"),
        why=None if why is None else str(why),
        first_fills=_names(keys, "first_fills"),
        level=_level(keys.get("level", "anyone")),
        digression=keys.get("digression") is True,
        follow_up=None if follow_up is None else str(follow_up),
        offers=_offers(keys.get("offer")),
        persist=frozenset(_names(keys, "persist")),
        clears=frozenset(_names(keys, "clears")),
        file=file,
    )


def _names(keys: dict[str, object], key: str) -> tuple[str, ...]:
    value = keys.get(key) or []
    if not isinstance(value, list):
        raise FlowError(f"`{key}` is a list of names")
    return tuple(str(name) for name in cast(list[object], value))


def _level(value: object) -> Level:
    if value not in Level.__members__:
        raise FlowError(f"unknown level {value!r}; there are {', '.join(Level.__members__)}")
    return Level[str(value)]


def _offers(value: object) -> tuple[Offer, ...]:
    if value is None:
        return ()
    items = cast(list[object], value) if isinstance(value, list) else [value]
    return tuple(_offer(item) for item in items)


def _offer(item: object) -> Offer:
    if not isinstance(item, dict) or not {"ask", "yes"} <= set(cast(dict[str, object], item)):
        raise FlowError("an offer is {ask: RESPONSE, yes: FLOW}, with an `if` when it depends")
    keys = cast(dict[str, object], item)
    condition = keys.get("if")
    try:
        parsed = None if condition is None else parse(str(condition))
    except ConditionError as error:
        raise FlowError(f"offer: {error}") from None
    return Offer(str(keys["ask"]), str(keys["yes"]), parsed)
