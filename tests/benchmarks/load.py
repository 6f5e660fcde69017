"""Sends messages at a given concurrency and says how long each took."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Ask = Callable[[str, str], Awaitable[None]]
"""(customer, text) → returns when the answer is there, raises when there is none."""


@dataclass(frozen=True)
class Measured:
    """Seconds for all messages, and the time of each in milliseconds."""

    at_once: int
    seconds: float
    milliseconds: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.milliseconds, n=100)[98]


async def measure(ask: Ask, texts: list[str], at_once: int, count: int) -> Measured:
    """``count`` messages from ``at_once`` customers, each waiting for the answer it got."""
    numbers = iter(range(count))
    taken: list[float] = []

    async def customer(name: str) -> None:
        for number in numbers:
            started = time.perf_counter()
            await ask(name, texts[number % len(texts)])
            taken.append((time.perf_counter() - started) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(customer(f"bench-{number}") for number in range(at_once)))
    return Measured(at_once, time.perf_counter() - begun, tuple(taken))
