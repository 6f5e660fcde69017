"""Where the steps of a flow lead: what the checker asks about unreachable steps and loops."""

from collections.abc import Iterator

from bot.flows.model import END, Branch, Collect, Finish, Flow, Step


def successors(step: Step) -> Iterator[str]:
    """The names of the steps (or END) that may follow."""
    if isinstance(step, Finish):
        yield END
        return
    yield step.next
    if isinstance(step, Branch):
        yield step.otherwise
    if isinstance(step, Collect) and step.otherwise is not None:
        yield step.otherwise or END


def reachable(flow: Flow, start: str) -> set[str]:
    """The step and all that may follow it (END among them)."""
    seen: set[str] = {END}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += successors(flow.steps[name])
    return seen


def unreachable(flow: Flow) -> list[str]:
    """Steps that no path from the first step meets, in the file's order."""
    seen = reachable(flow, flow.first)
    return [name for name in flow.steps if name not in seen]


def dead_ends(flow: Flow) -> list[str]:
    """Steps from which no path leads to the end of the flow."""
    ending: set[str] = {END}
    while True:
        found = {
            name
            for name, step in flow.steps.items()
            if name not in ending and not ending.isdisjoint(successors(step))
        }
        if not found:
            return [name for name in flow.steps if name not in ending]
        ending |= found


def silent_loop(flow: Flow) -> list[str]:
    """A circle of steps that asks nothing, so that it would never let the customer speak."""
    done: set[str] = set()
    for name in flow.steps:
        circle = _circle_from(flow, name, [], done)
        if circle:
            return circle
    return []


def _circle_from(flow: Flow, name: str, path: list[str], done: set[str]) -> list[str]:
    if name in path:
        return path[path.index(name) :]
    if name == END or name in done or isinstance(flow.steps[name], Collect):
        return []
    for following in successors(flow.steps[name]):
        circle = _circle_from(flow, following, [*path, name], done)
        if circle:
            return circle
    done.add(name)
    return []
