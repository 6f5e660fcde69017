"""The running system that whole conversations are held with."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.embedded_database import EmbeddedDatabase
from channels.database import Pool, open_pool
from tests.dialogue.running_system import RunningSystem, running


@pytest.fixture(scope="session")
def system(
    postgres_server: EmbeddedDatabase,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningSystem]:
    """One gateway and one worker on the demo city, the same for all tests of the session."""
    with running(postgres_server, template_database, tmp_path_factory.mktemp("data")) as system:
        yield system


@pytest.fixture
async def pool(system: RunningSystem) -> AsyncIterator[Pool]:
    pool = await open_pool(system.database_url, max_size=2)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def output() -> Path:
    """Where tests leave what a person may want to look at; git ignores it."""
    folder = Path(__file__).parent.parent / "output"
    folder.mkdir(exist_ok=True)
    return folder
