from collections.abc import AsyncIterator

import pytest

from channels.database import Pool, open_pool


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, max_size=12)
    yield pool
    await pool.close()
