"""Holds flows against the Rasa domain: everything a flow names must exist and lead somewhere."""

from collections.abc import Iterable, Iterator

from bot.flows import graph, vocabulary
from bot.flows.domain_names import DomainNames
from bot.flows.model import Branch, Call, Collect, Finish, Flow, Flows, Level, Run, SetSlots


def check_flows(flows: Flows, domain: DomainNames) -> list[str]:
    """One line for each problem, with file and step; an empty list means all is well."""
    problems = list(_engine_needs(flows, domain))
    problems += _shared_intents(flows)
    for flow in flows.values():
        problems += [f"{flow.file}: {line}" for line in _check_flow(flow, flows, domain)]
    return problems


def _engine_needs(flows: Flows, domain: DomainNames) -> Iterator[str]:
    yield from _unknown("domain", "slot", vocabulary.ENGINE_SLOTS, domain.slots)
    yield from _unknown("domain", "response", vocabulary.ENGINE_RESPONSES, domain.responses)
    yield from _unknown("domain", "intent", vocabulary.ENGINE_INTENTS, domain.intents)
    yield from _unknown("domain", "action", [vocabulary.ANSWER_FAQ], domain.sayable)
    for response, count in vocabulary.CHOICES.items():
        if domain.buttons.get(response, count) != count:
            yield f"domain: {response} needs its {count} buttons (docs/flows.md)"
    started = {intent for flow in flows.values() for intent in flow.starts_with}
    if vocabulary.HUMAN_AGENT not in started:
        yield "flows: no flow starts with human_agent"
    needs_link = any(flow.level > Level.anyone for flow in flows.values())
    if needs_link and vocabulary.LINK_ACCOUNT_FLOW not in flows:
        yield "flows: a flow has a level, but there is no flow link_account"


def _shared_intents(flows: Flows) -> Iterator[str]:
    owner: dict[str, Flow] = {}
    for flow in flows.values():
        for intent in flow.starts_with:
            if intent in owner:
                yield f"{flow.file}: starts_with: {intent} starts flow {owner[intent].name} already"
            owner.setdefault(intent, flow)


def _check_flow(flow: Flow, flows: Flows, domain: DomainNames) -> Iterator[str]:
    yield from _unknown("starts_with", "intent", flow.starts_with, domain.intents)
    for key in ("first_fills", "persist", "clears"):
        names: Iterable[str] = getattr(flow, key)
        yield from _unknown(key, "slot", sorted(names), domain.slots)
    for slot in flow.first_fills:
        question = flow.collect_of(slot)
        if not (question and question.words):
            yield from _unknown("first_fills", "entity", flow.entities_of(slot), domain.entities)
    if flow.follow_up:
        yield from _unknown("follow_up", "response or action", [flow.follow_up], domain.sayable)
    if flow.why:
        yield from _unknown("why", "flow", [flow.why], flows)
    for offer in flow.offers:
        yield from _unknown("offer", "response or action", [offer.ask], domain.sayable)
        yield from _unknown("offer", "flow", [offer.yes], flows)
        condition_slots = offer.condition.slots if offer.condition else ()
        yield from _unknown("offer", "slot", condition_slots, domain.slots)
    yield from _check_steps(flow, flows, domain)
    yield from _check_paths(flow)


def _check_steps(flow: Flow, flows: Flows, domain: DomainNames) -> Iterator[str]:
    for name, step in flow.steps.items():
        match step:
            case Collect():
                yield from _check_collect(step, domain)
            case Run(action=action):
                yield from _unknown(name, "response or action", [action], domain.sayable)
            case Branch(condition=condition):
                yield from _unknown(name, "slot", sorted(condition.slots), domain.slots)
            case Call(flow=called):
                yield from _unknown(name, "flow", [called], flows)
                if called == flow.name:
                    yield f"{name}: the flow calls itself"
            case SetSlots(values=values):
                yield from _unknown(name, "slot", values, domain.slots)
            case Finish(response=str(response)):
                yield from _unknown(name, "response or action", [response], domain.sayable)
            case _:
                pass


def _check_collect(step: Collect, domain: DomainNames) -> Iterator[str]:
    yield from _unknown(step.id, "slot", [step.slot], domain.slots)
    if step.ask not in domain.sayable:
        yield f"{step.id}: the question is missing: no response or action {step.ask!r}"
    shown = domain.buttons.get(step.ask, len(step.options))
    if step.options and shown != len(step.options):
        yield f"{step.id}: {len(step.options)} options, but {step.ask} shows {shown} buttons"
    yield from _unknown(step.id, "entity", step.entities, domain.entities)
    yield from _unknown(step.id, "intent", step.intents, domain.intents)
    if step.check:
        yield from _unknown(step.id, "action", [step.check], domain.actions)
    has_own_buttons = step.ask.startswith("action_")
    if not (
        step.entities
        or step.intents
        or step.options
        or step.words
        or step.pattern
        or step.text
        or has_own_buttons
    ):
        keys = "from, intents, options, words, pattern or text"
        yield f"{step.id}: no answer can fill it: it needs {keys}"


def _check_paths(flow: Flow) -> Iterator[str]:
    yield from (f"{name}: no path leads to this step" for name in graph.unreachable(flow))
    yield from (
        f"{name}: dead end, the flow cannot end from here" for name in graph.dead_ends(flow)
    )
    circle = graph.silent_loop(flow)
    if circle:
        yield f"{' → '.join([*circle, circle[0]])}: a loop without a question"


def _unknown(where: str, kind: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    return (f"{where}: unknown {kind} {name!r}" for name in names if name not in known)
