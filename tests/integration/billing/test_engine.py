"""The pool asks a connection that was idle whether it is alive, and no other."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.store import engine as engine_module
from billing_client.store.engine import create_engine


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, pool_size=1)
    yield engine
    await engine.dispose()


async def _backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_a_connection_that_died_while_idle_is_replaced(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "IDLE_SECONDS", 0.0)
    died = await _backend(engine)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [died])
    assert await _backend(engine) != died


async def test_a_connection_just_used_is_not_asked(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _backend(engine)
    asked: list[object] = []
    monkeypatch.setattr(engine.sync_engine.dialect, "do_ping", asked.append)
    await _backend(engine)
    assert asked == []
    monkeypatch.setattr(engine_module, "IDLE_SECONDS", 0.05)
    await asyncio.sleep(0.1)
    await _backend(engine)
    assert len(asked) == 1
