"""The stand-ins let all of Rasa be imported, and never take the place of a real package."""

import importlib
import importlib.util
import sys
import warnings
from importlib.machinery import PathFinder

import pytest

from bot.rasa_adapter import stand_ins

# Between them these import everything that Rasa's command line and agent need.
RASA_MODULES = (
    "rasa.__main__",
    "rasa.core.agent",
    "rasa.core.channels.telegram",
    "rasa.core.test",
    "rasa.core.tracker_store",
    "rasa.model_training",
    "rasa.nlu.classifiers.diet_classifier",
    "rasa.nlu.test",
    "rasa.server",
)


@pytest.mark.parametrize("name", RASA_MODULES)
def test_rasa_can_be_imported(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(name)


def test_every_name_of_the_list_is_needed_and_absent() -> None:
    for name in stand_ins.ABSENT:
        finders = [f for f in sys.meta_path if not isinstance(f, stand_ins.StandInFinder)]
        found = [f for f in finders if "." not in name and f.find_spec(name, None, None)]
        assert not found, f"{name} is installed: take it off the list"


def test_a_real_module_wins() -> None:
    places = [isinstance(finder, stand_ins.StandInFinder) for finder in sys.meta_path]
    assert places.count(True) == 1
    assert places.index(True) > sys.meta_path.index(PathFinder)
    assert importlib.util.find_spec("surely_not_there_either") is None


def test_stand_ins_pass_where_rasa_uses_them() -> None:
    import tensorflow as tf

    class Layer(tf.keras.layers.Layer):
        def doubled(self, number: int) -> int:
            return number * 2

    @tf.function
    def decorated() -> int:
        return 1

    @tf.function(jit_compile=True)
    def decorated_with_options() -> int:
        return 2

    assert (decorated(), decorated_with_options()) == (1, 2)
    assert Layer().doubled(2) == 4
    assert not isinstance("text", tf.Tensor)
    assert tf.Tensor | None
    assert tf.data.Dataset[int]
    assert tf.Tensor is tf.Tensor
    with pytest.raises(AttributeError):
        _ = tf.__surely_not_there__


def test_a_stand_in_exception_can_be_caught() -> None:
    from pymongo.errors import ConnectionFailure  # pyright: ignore[reportMissingImports]

    with pytest.raises(ZeroDivisionError):
        try:
            _ = 1 / 0
        except ConnectionFailure:
            pytest.fail("caught by an exception that nobody raises")


def test_telemetry_is_off() -> None:
    from rasa import telemetry

    assert telemetry.is_telemetry_enabled() is False


def test_nothing_is_a_tensor() -> None:
    importlib.import_module("rasa.nlu.classifiers.diet_classifier")
    assert sys.modules["tensorflow"].is_tensor(1.5) is False
