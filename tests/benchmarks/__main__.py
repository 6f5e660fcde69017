"""``python -m tests.benchmarks``: 小水 and a stock Rasa server side by side, one run.

Rounds alternate between the systems, so that whatever else the machine does hits all.
"""

import argparse
import asyncio
import shutil
import statistics
from collections.abc import Sequence
from pathlib import Path

from bot.settings import PROJECT
from tests.benchmarks import report
from tests.benchmarks.figures import Figures
from tests.benchmarks.load import Customers, Measured, measure, together
from tests.benchmarks.ours import Ours
from tests.benchmarks.side import Side
from tests.benchmarks.stock_rasa import environment
from tests.benchmarks.stock_rasa.server import StockRasa
from tests.benchmarks.texts import texts

# Not below /tmp, which may be memory: what fsync costs is to be measured.
FOLDER = PROJECT / "tests" / "output" / "benchmarks"
PORTS = (9311, 9312, 9313)
CONVERSATIONS = {1: 30, 8: 40, 32: 64}  # a round, by customers at once
ROUNDS = 5
STARTS = 3


async def main(rounds: int) -> tuple[list[Figures], Figures | None]:
    """Ours with two workers and with one, and the opponent if it can be had."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    two, one = Ours(FOLDER, PORTS[0], workers=2), Ours(FOLDER, PORTS[1], workers=1)
    sides: list[Side] = [two, one]
    try:
        environment.prepare()
        sides.append(StockRasa(FOLDER, PORTS[2]))
    except environment.Missing as missing:
        print(missing)
    figures = await measure_all(sides, rounds)
    return figures[:2], figures[2] if len(figures) > 2 else None


async def measure_all(sides: Sequence[Side], rounds: int) -> list[Figures]:
    trained = []
    for side in sides:
        await side.prepare()
        trained.append(_told(f"{side.title}: training, s", side.train()))
    try:
        started = [await _start(side) for side in sides]
        speeds = await _speeds(sides, rounds)
        memory = [side.memory_mb() for side in sides]
    finally:
        for side in sides:
            side.stop()
    ...
