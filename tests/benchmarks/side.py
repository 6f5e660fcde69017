"""What is asked of each system that is measured."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import aiohttp

from tests.benchmarks.load import Ask

START_SECONDS = 180.0
LOOK_SECONDS = 0.1
FIRST_TEXT = "你好"


class NotStarted(RuntimeError):
    """The system gave no first answer; the message says where its log is."""


class Side(Protocol):
    """A system that can be prepared, started, talked to and stopped."""

    @property
    def title(self) -> str:
        """How the table calls it."""
        ...

    async def prepare(self) -> float:
        """Train and make all that a start needs; the seconds of processor that training took."""
        ...

    async def start(self) -> float:
        """Start, with everything prepared; the seconds until the first answer."""
        ...

    def conversation(self, customer: str) -> AbstractAsyncContextManager[Ask]:
        """The conversation of a customer who was not there before."""
        ...

    def check_all_answered(self) -> None:
        """Raises AssertionError when a message got something else than the bot's answer."""
        ...

    def memory_mb(self) -> int:
        """What all of its processes take at the moment."""
        ...

    def stop(self) -> None:
        """End all of its processes."""
        ...

    def installed_mb(self) -> int:
        """What its environment takes on disk, without development tools."""
        ...


async def first_answer(answered: Callable[[], Awaitable[None]], ended: Callable[[], bool]) -> float:
    """Try again until ``answered`` returns; the seconds. Raises NotStarted."""
    started = time.perf_counter()
    while time.perf_counter() - started < START_SECONDS and not ended():
        try:
            await answered()
        except (aiohttp.ClientError, AssertionError, OSError):
            await asyncio.sleep(LOOK_SECONDS)
        else:
            return time.perf_counter() - started
    raise NotStarted
