from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from billing_client.core import CoreBillingClient, connect
from billing_client.pay.settings import settings_from
from channels.database import Pool, open_pool
from tests.integration.desk.office import STAFF, Browser, desk_server, hire

LogIn = Callable[[str], Awaitable[Browser]]


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, max_size=12)
    for name, role in STAFF:
        await hire(pool, name, role)  # pyright: ignore[reportArgumentType]
    yield pool
    await pool.close()


@pytest.fixture
async def billing(database_url: str, tmp_path: Path) -> AsyncIterator[CoreBillingClient]:
    client = connect(database_url, payment_settings=settings_from({"DATA_DIR": str(tmp_path)}))
    yield client
    await client.close()


@pytest.fixture
async def server(
    database_url: str, pool: Pool, billing: CoreBillingClient, tmp_path: Path
) -> AsyncIterator[TestServer]:
    async with desk_server(database_url, billing, tmp_path) as server:
        yield server


@pytest.fixture
async def log_in(server: TestServer) -> AsyncIterator[LogIn]:
    """``await log_in("小李")`` is that one's browser, logged in."""
    browsers: list[Browser] = []

    async def logged_in(name: str) -> Browser:
        browser = Browser(server)
        browsers.append(browser)
        assert (await browser.log_in(name)).status == 303
        return browser

    yield logged_in
    for browser in browsers:
        await browser.close()
