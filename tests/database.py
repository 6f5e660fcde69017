"""A real PostgreSQL for tests: one server a session, one fresh database a test."""

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.commands import database
from bot.embedded_database import EmbeddedDatabase

__all__ = ["database_url", "postgres_server", "template_database"]

TEMPLATE = "template_xiaoshui"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedDatabase]:
    """A server on a folder that goes with the session; not durable, so that it is fast."""
    with tempfile.TemporaryDirectory(prefix="xiaoshui-test-") as folder:
        Path(folder).chmod(0o711)  # as root the server runs as another user and must get through
        server = EmbeddedDatabase(Path(folder) / "postgres", durable=False)
        server.prepare()
        process = server.start()
        try:
            server.wait_until_ready(process)
            yield server
        finally:
            server.stop(process)


@pytest.fixture(scope="session")
def template_database(postgres_server: EmbeddedDatabase) -> str:
    """The name of a migrated, empty database to clone from. Nobody stays connected to it."""
    run(postgres_server, f"CREATE DATABASE {TEMPLATE}")
    database.upgrade(postgres_server.url_of(TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database_url(postgres_server: EmbeddedDatabase, template_database: str) -> Iterator[str]:
    """The address of a migrated, empty database of the test's own, dropped afterwards."""
    name = f"test_{next(_numbers)}"
    run(postgres_server, f"CREATE DATABASE {name} TEMPLATE {template_database} STRATEGY file_copy")
    yield postgres_server.url_of(name)
    run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def run(server: EmbeddedDatabase, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement)  # pyright: ignore[reportCallIssue, reportArgumentType]
