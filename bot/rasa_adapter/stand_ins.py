"""Answers what Rasa 3.6.21 imports at the top of its modules and this product never runs.

TensorFlow, the vendors' clients of Rasa's own channels and the drivers of its own stores
are not installed. A finder at the very end of ``sys.meta_path`` gives Rasa an empty module
for each of them, so that a real package, once installed, wins.
"""

import sys
from abc import ABCMeta
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# What `import rasa.__main__` of Rasa 3.6.21 reaches, by prefix.
ABSENT = (
    "absl",
    "aio_pika",
    "aiogram",
    "aiormq",
    "boto3",
    "botocore",
    "cachecontrol",
    "confluent_kafka",
    "fbmessenger",
    "google.auth",
    "google.oauth2",
    "keras",
    "mattermostwrapper",
    "psycopg2",
    "pymongo",
    "rocketchat_API",
    "slack_sdk",
    "socketio",
    "tensorflow",
    "tensorflow_addons",
    "tensorflow_hub",
    "tensorflow_text",
    "twilio",
    "webexteamssdk",
)
PARENTS = ("google",)  # folders of packages above, without code of their own


class _StandInType(ABCMeta):
    """Classes that pass for anything in an annotation, a decorator or a list of bases."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _stand_in_class(name)

    def __getitem__(cls, _parameters: object) -> "_StandInType":
        return cls


class StandIn(metaclass=_StandInType):
    """Does nothing. Called with a function, as a decorator, it gives the function back."""

    def __new__(cls, *arguments: Any, **_options: Any) -> Any:
        decorates = len(arguments) == 1 and callable(arguments[0])
        return arguments[0] if decorates else super().__new__(cls)

    def __init__(self, *_arguments: Any, **_options: Any) -> None: ...

    def __call__(self, function: Any = None, *_arguments: Any, **_options: Any) -> Any:
        return function


def _stand_in_class(name: str) -> type[StandIn]:
    # An exception's name must be good for `except`, which takes exceptions alone.
    is_error = name.endswith(("Error", "Exception", "Failure", "Exceeded", "Blocked"))
    bases: tuple[type, ...] = (StandIn, Exception) if is_error else (StandIn,)
    return _StandInType(name, bases, {})  # pyright: ignore[reportReturnType]


def _never(*_arguments: Any) -> bool:
    return False


class StandInModule(ModuleType):
    """An empty module: each name asked of it is an empty class, the same one each time.

    A question (``tensorflow.is_tensor``, which matplotlib asks of all it draws) has the
    answer no.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name.startswith("is_"):
            return _never
        made = _stand_in_class(name)
        setattr(self, name, made)
        return made


class StandInFinder(MetaPathFinder, Loader):
    """Finds the modules of ``ABSENT``, and nothing else."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        wanted = fullname in PARENTS or any(
            fullname == name or fullname.startswith(f"{name}.") for name in ABSENT
        )
        return ModuleSpec(fullname, self, is_package=True) if wanted else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None: ...


def install() -> None:
    """Put the finder last and the moved names back. To be called before Rasa is imported."""
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        sys.meta_path.append(StandInFinder())
    _put_names_back()


def _put_names_back() -> None:
    import numpy
    import packaging.version

    # numpy 2 moved it to numpy.exceptions; packaging 22 removed it. Rasa only names them.
    if not hasattr(numpy, "VisibleDeprecationWarning"):
        moved = numpy.exceptions.VisibleDeprecationWarning
        numpy.VisibleDeprecationWarning = moved  # pyright: ignore[reportAttributeAccessIssue]
    if not hasattr(packaging.version, "LegacyVersion"):
        removed = type("LegacyVersion", (), {})
        packaging.version.LegacyVersion = removed  # pyright: ignore[reportAttributeAccessIssue]
