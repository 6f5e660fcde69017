"""Fixtures that every kind of test may use."""

from pathlib import Path

import pytest

from tests.database import database_url, postgres_server, template_database

__all__ = ["database_url", "postgres_server", "template_database"]

TESTS = Path(__file__).parent
KINDS = ("unit", "integration", "dialogue", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder, so that ``-m unit`` and the like work."""
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in KINDS:
            item.add_marker(kind)
