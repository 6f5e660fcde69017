"""Talks like customers at a given concurrency and says how long each answer took."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import count

MESSAGES_A_CONVERSATION = 5

Ask = Callable[[str], Awaitable[None]]
"""Says one text; returns when the answer is there, raises when there is none."""

Converse = Callable[[str], AbstractAsyncContextManager[Ask]]
"""Opens the conversation of the customer so named."""


@dataclass(frozen=True)
class Measured:
    """Seconds for all messages, and the time of each turn in milliseconds."""

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

    def __str__(self) -> str:
        return f"{self.per_second:.1f}/s, p50 {self.median:.1f} ms, p99 {self.p99:.1f} ms"


def together(rounds: Iterable[Measured]) -> Measured:
    """Several rounds as one."""
    listed = list(rounds)
    taken = tuple(one for measured in listed for one in measured.milliseconds)
    return Measured(sum(measured.seconds for measured in listed), taken)


class Customers:
    """New customers without end; each says the next few of the texts, again from the first."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._numbers = count()

    def next(self) -> tuple[str, list[str]]:
        """The customer's name, and what this customer says."""
        number = next(self._numbers)
        first = number * MESSAGES_A_CONVERSATION
        places = range(first, first + MESSAGES_A_CONVERSATION)
        return f"bench-{number}", [self._texts[place % len(self._texts)] for place in places]


async def measure(
    converse: Converse, customers: Customers, at_once: int, conversations: int
) -> Measured:
    """``at_once`` conversations side by side, in each the next text when the answer is there.

    A conversation's opening counts for the messages a second, not for a turn's time.
    """
    taken: list[float] = []
    waiting = iter(range(conversations))

    async def one_after_the_other() -> None:
        for _ in waiting:
            name, says = customers.next()
            async with converse(name) as ask:
                for text in says:
                    started = time.perf_counter()
                    await ask(text)
                    taken.append((time.perf_counter() - started) * 1000)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(one_after_the_other())
    return Measured(time.perf_counter() - begun, tuple(taken))
