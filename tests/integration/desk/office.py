"""The desk for tests: the gateway with it mounted, staff with cheap passwords, their browsers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from billing_client.back_office import BackOffice
from billing_client.client import BillingClient
from billing_client.core import CoreBillingClient
from channels.database import Pool
from channels.desk import staff
from channels.desk.opening import Hours, Period
from channels.desk.routes import desk_application
from channels.desk.rules import rules_from
from channels.gateway import LISTENER, POOL, GatewayConfig, create_app

ORIGIN = "http://desk.example"
PASSWORD = "a long enough password"
FROM_PAGE = {"Origin": ORIGIN}
WHOLE_DAY = (Period.parse("00:00-24:00"),)
ALWAYS_OPEN = replace(rules_from({}), hours=Hours(WHOLE_DAY, WHOLE_DAY))
NEVER_OPEN = replace(ALWAYS_OPEN, hours=Hours((), ()))
STAFF = (("小李", "agent"), ("小王", "agent"), ("班长", "supervisor"))


async def hire(pool: Pool, name: str, role: staff.Role, password: str = PASSWORD) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(password)
    async with pool.connection() as connection:
        await connection.execute(staff.ADD, (name, cheap, role, False))


@asynccontextmanager
async def desk_server(
    database_url: str, billing: BillingClient, folder: Path, *, production: bool = True
) -> AsyncIterator[TestServer]:
    def mount(application: web.Application) -> None:
        desk = desk_application(
            application[POOL],
            application[LISTENER],
            billing,
            public_url=ORIGIN,
            production=production,
            flow_titles={"pay_bill": "缴水费"},
            office=BackOffice(billing.engine) if isinstance(billing, CoreBillingClient) else None,
            rules=None,  # tests look by themselves, or what is told would depend on luck
        )
        application.add_subapp("/desk", desk)

    config = GatewayConfig(database_url, "127.0.0.1", 0, ORIGIN, True, folder, mounts=[mount])
    server = TestServer(await create_app(config))
    async with server:
        yield server


class Browser:
    """One member of staff's browser: its cookie, and the token that its forms carry."""

    def __init__(self, server: TestServer) -> None:
        self.client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
        self.csrf = ""

    async def log_in(self, name: str, password: str = PASSWORD) -> ClientResponse:
        answer = await self.post("/desk/login", name=name, password=password)
        if answer.status == 303:
            page = await (await self.get("/desk")).text()
            found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
            assert found is not None
            self.csrf = found[1]
        return answer

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.client.get(path, headers=headers, allow_redirects=False)

    async def post(self, path: str, **form: str) -> ClientResponse:
        body = {"csrf": self.csrf, **form}
        return await self.client.post(path, data=body, headers=FROM_PAGE, allow_redirects=False)

    async def close(self) -> None:
        await self.client.close()
