"""Fixtures that every kind of test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from bot.embedded_database import EmbeddedDatabase
from tests.database import database_url, postgres_server, template_database

# A busy machine makes no example wrong.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

if TYPE_CHECKING:
    from tests.running_system import RunningSystem

__all__ = ["database_url", "postgres_server", "template_database"]

TESTS = Path(__file__).parent
KINDS = ("unit", "integration", "dialogue", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder, so that ``-m unit`` and the like work.

    Browser tests come last: from the first of them on, Playwright's event loop runs.
    """
    kinds = [item.path.relative_to(TESTS).parts[0] for item in items]
    for item, kind in zip(items, kinds, strict=True):
        if kind in KINDS:
            item.add_marker(kind)
    items.sort(key=lambda item: item.path.is_relative_to(TESTS / "browser"))


@pytest.fixture(scope="session")
def system(
    postgres_server: EmbeddedDatabase,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningSystem]:
    """One gateway and one worker on the demo city, the same for all tests of the session."""
    from tests.running_system import running  # needs a while, which unit tests do without

    with running(postgres_server, template_database, tmp_path_factory.mktemp("data")) as system:
        yield system


@pytest.fixture(scope="session")
def output() -> Path:
    """Where tests leave what a person may want to look at; git ignores it."""
    folder = TESTS / "output"
    folder.mkdir(exist_ok=True)
    return folder
