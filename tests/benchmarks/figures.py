"""What was measured of one system, and how two systems compare."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.benchmarks.load import Measured


@dataclass(frozen=True)
class Figures:
    """Of one system: speed by the number of customers at once, and what it costs to have."""

    title: str
    speed: Mapping[int, Measured]
    memory_mb: int
    train_seconds: float
    start_seconds: float
    installed_mb: int


@dataclass(frozen=True)
class Row:
    """One line of the table. ``more_is_better`` tells which way a ratio is good."""

    title: str
    values: tuple[float, ...]
    digits: int = 0
    more_is_better: bool = False

    def factor(self, mine: int, other: int) -> float:
        """How many times better column ``mine`` is than column ``other``."""
        ours, theirs = self.values[mine], self.values[other]
        return ours / theirs if self.more_is_better else theirs / ours


def rows(columns: list[Figures]) -> list[Row]:
    """The lines of the table, a value for each column."""
    speed = [row for at_once in columns[0].speed for row in _speed_rows(columns, at_once)]
    costs = [
        Row("memory of all processes after the load, MB (PSS)", _of(columns, "memory_mb")),
        Row("training, s of processor", _of(columns, "train_seconds")),
        Row("start to first answer, s", _of(columns, "start_seconds"), 1),
        Row("installed, MB", _of(columns, "installed_mb")),
    ]
    return speed + costs


def _speed_rows(columns: list[Figures], at_once: int) -> list[Row]:
    measured = [column.speed[at_once] for column in columns]
    return [
        Row(f"{at_once} at once: messages/s", _each(measured, "per_second"), 1, True),
        Row(f"{at_once} at once: p50 of a turn, ms", _each(measured, "median"), 1),
        Row(f"{at_once} at once: p99 of a turn, ms", _each(measured, "p99"), 1),
    ]


def _of(columns: list[Figures], name: str) -> tuple[float, ...]:
    return tuple(float(getattr(column, name)) for column in columns)


def _each(measured: list[Measured], name: str) -> tuple[float, ...]:
    return tuple(float(getattr(one, name)) for one in measured)
