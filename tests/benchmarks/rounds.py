"""The order of a run: prepare all, start all, then rounds that go from system to system.

What else the machine does at the time then hits all of them; only their ratios count.
"""

import statistics
from collections.abc import Sequence

from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Customers, Measured, measure, together
from tests.benchmarks.side import Side
from tests.benchmarks.texts import texts

CONVERSATIONS = {1: 30, 8: 40, 32: 64}  # a round, by customers at once
MOST_STARTS = 3

Speed = dict[int, list[Measured]]


async def measure_side_by_side(sides: Sequence[Side], rounds: int) -> list[Figures]:
    """Figures in the order of ``sides``. Leaves none of them running."""
    trained = [await side.prepare() for side in sides]
    _say(f"training: {[round(seconds) for seconds in trained]} s")
    try:
        started = await _starts(sides, min(rounds, MOST_STARTS))
        speeds = await _speeds(sides, rounds)
        memory = [side.memory_mb() for side in sides]
        for side in sides:
            side.check_all_answered()
    finally:
        for side in sides:
            side.stop()
    return [
        Figures(
            side.title,
            {at_once: together(measured) for at_once, measured in speed.items()},
            memory_mb,
            train_seconds,
            start_seconds,
            side.installed_mb(),
        )
        for side, speed, memory_mb, train_seconds, start_seconds in zip(
            sides, speeds, memory, trained, started, strict=True
        )
    ]


async def _starts(sides: Sequence[Side], times: int) -> list[float]:
    """The middle one of several starts of each; afterwards all are running."""
    seconds: list[list[float]] = [[] for _ in sides]
    for number in range(times):
        for side, taken in zip(sides, seconds, strict=True):
            taken.append(await side.start())
            if number + 1 < times:
                side.stop()
    _say(f"starts: {[[round(one, 1) for one in taken] for taken in seconds]} s")
    return [statistics.median(taken) for taken in seconds]


async def _speeds(sides: Sequence[Side], rounds: int) -> list[Speed]:
    """What was measured of each side; a round before the first counts for nothing."""
    said = texts()
    customers = [Customers(said) for _ in sides]
    speeds: list[Speed] = [{at_once: [] for at_once in CONVERSATIONS} for _ in sides]
    for number in range(rounds + 1):
        for at_once, conversations in CONVERSATIONS.items():
            for side, people, speed in zip(sides, customers, speeds, strict=True):
                one = await measure(side.conversation, people, at_once, conversations)
                _say(f"round {number}, {at_once} at once, {side.title}: {one}")
                if number:
                    speed[at_once].append(one)
    return speeds


def _say(text: str) -> None:
    print(text, flush=True)
