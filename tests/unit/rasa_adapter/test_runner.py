"""The runner walks Rasa's own graph schema in the right order, each node once."""

from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.rasa_adapter import runner


class Adder(GraphComponent):
    """Adds what it is given, and one."""

    runs = 0

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Adder":
        return cls()

    def add(self, left: int, right: int = 0) -> int:
        Adder.runs += 1
        return left + right + 1


def node(**needs: str) -> SchemaNode:
    return SchemaNode(needs=needs, uses=Adder, constructor_name="create", fn="add", config={})


@pytest.fixture
def graph() -> DaskGraphRunner:
    # The target stands first and a diamond joins in it: order and sharing both matter.
    schema = GraphSchema(
        {
            "end": node(left="one", right="two"),
            "one": node(left="start"),
            "two": node(left="start"),
            "start": node(left="__input__"),
            "aside": node(left="start"),
        }
    )
    Adder.runs = 0
    return DaskGraphRunner(schema, None, ExecutionContext(schema))  # pyright: ignore


def test_targets_are_made_from_inputs_and_each_node_runs_once(graph: DaskGraphRunner) -> None:
    assert DaskGraphRunner.run is runner.run
    assert graph.run({"__input__": 10}, ["end"]) == {"end": 25}
    assert Adder.runs == 4, "start, one, two, end; not aside"


def test_several_targets_and_a_second_run(graph: DaskGraphRunner) -> None:
    graph.run({"__input__": 10}, ["end"])
    assert graph.run({"__input__": 0}, ["aside", "one"]) == {"aside": 2, "one": 2}
    assert graph.run({"__input__": 1}, ["end"]) == {"end": 7}


def test_an_input_with_the_name_of_a_node_is_refused(graph: DaskGraphRunner) -> None:
    with pytest.raises(GraphRunError):
        graph.run({"__input__": 1, "start": 2}, ["end"])


def test_an_observer_hears_how_far_the_run_is(graph: DaskGraphRunner) -> None:
    heard: list[tuple[int, int]] = []
    with runner.observed_by(lambda done, total: heard.append((done, total))):
        graph.run({"__input__": 1}, ["one"])
    graph.run({"__input__": 1}, ["one"])
    assert heard == [(1, 2), (2, 2)]
