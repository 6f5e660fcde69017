"""A gateway with the doors under test, and a bot that answers without a model."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from channels import turns
from channels.database import Pool
from channels.doors import DoorMaker
from channels.gateway import GatewayConfig, create_app
from channels.messages import Reply

ORIGIN = "https://water.example"
Answering = Callable[[turns.Turn], list[Reply]]


@asynccontextmanager
async def gateway_with(
    database_url: str, folder: Path, *doors: DoorMaker
) -> AsyncIterator[TestClient]:
    config = GatewayConfig(database_url, "127.0.0.1", 0, ORIGIN, True, folder, doors=doors)
    async with TestClient(TestServer(await create_app(config))) as client:
        yield client


def echo(turn: turns.Turn) -> list[Reply]:
    return [Reply(f"您说：{turn.said}")]


async def answer_all(pool: Pool, answering: Answering = echo) -> int:
    """One pass of a worker over what waits; how many turns."""
    number = 0
    while (turn := await turns.claim(pool, "worker")) is not None:
        await turns.finish(pool, turn, answering(turn), None)
        number += 1
    return number


@asynccontextmanager
async def working(pool: Pool, answering: Answering = echo) -> AsyncIterator[None]:
    """A worker that goes on answering."""

    async def work() -> None:
        while True:
            await answer_all(pool, answering)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(look: Callable[[], Any], seconds: float = 8) -> Any:
    """The first true value of ``look``."""
    async with asyncio.timeout(seconds):
        while True:
            value = look()
            if isinstance(value, Awaitable):
                value = await value
            if value:
                return value
            await asyncio.sleep(0.02)
