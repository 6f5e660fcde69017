from collections.abc import AsyncIterator

import pytest

from channels.database import Pool, open_pool
from tests.running_system import RunningSystem


@pytest.fixture
async def pool(system: RunningSystem) -> AsyncIterator[Pool]:
    pool = await open_pool(system.database_url, max_size=2)
    yield pool
    await pool.close()
