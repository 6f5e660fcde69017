"""Runs the components of a trained model one after the other.

Rasa 3.6.21 hands its graph to dask, whose checks of 2026 refuse it ("Cycle detected:
__message__"), and prints the whole conversation into a log line at each run.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PLANS_KEPT = 32

# A node and where it reads each of its arguments.
Plan = tuple[tuple[str, tuple[str, ...]], ...]

# Told after each node how many of the run's nodes are done.
Observer = Callable[[int, int], None]
_observers: list[Observer] = []


def install() -> None:
    """Replace ``DaskGraphRunner.run``, for predictions and for training."""
    from rasa.engine.runner.dask import DaskGraphRunner

    DaskGraphRunner.run = run  # pyright: ignore[reportAttributeAccessIssue]


def run(
    runner: Any, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """The outputs of ``targets`` (all of the schema's when None), by name.

    ``inputs`` are values by the names that nodes need and no node makes. Raises
    ``GraphRunError`` when an input has the name of a node.
    """
    from rasa.engine.exceptions import GraphRunError

    schema = runner._graph_schema
    wanted = tuple(targets or schema.target_names)
    values: dict[str, Any] = dict(inputs or {})
    for name in values:
        if name in schema.nodes:
            raise GraphRunError(f"Input '{name}' has the name of a node of the graph.")
    nodes = runner._instantiated_nodes
    steps = _plan_of(runner, wanted)
    for done, (name, needs) in enumerate(steps, start=1):
        values[name] = nodes[name](*[(need, values[need]) for need in needs])[1]
        for observer in _observers:
            observer(done, len(steps))
    return {target: values[target] for target in wanted}


@contextmanager
def observed_by(observer: Observer) -> Iterator[None]:
    """Tell ``observer`` how far each run is, such as a training."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


def _plan_of(runner: Any, targets: tuple[str, ...]) -> Plan:
    """Made once for each set of targets, kept with the runner."""
    plans: OrderedDict[tuple[str, ...], Plan] = runner.__dict__.setdefault("_plans", OrderedDict())
    if targets not in plans:
        plans[targets] = plan(runner._graph_schema, targets)
        while len(plans) > PLANS_KEPT:
            plans.popitem(last=False)
    return plans[targets]


def plan(schema: Any, targets: tuple[str, ...]) -> Plan:
    """The nodes that ``targets`` need, each after what it needs itself."""
    steps: dict[str, tuple[str, ...]] = {}

    def visit(name: str) -> None:
        if name in steps or name not in schema.nodes:
            return
        needs = tuple(schema.nodes[name].needs.values())
        for need in needs:
            visit(need)
        steps[name] = needs

    for target in targets:
        visit(target)
    return tuple(steps.items())
