"""A utility behind both doors: the core in-process, and the same core over HTTP on a port."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from sqlalchemy import insert, select

from billing_client.client import BillingClient
from billing_client.core import CoreBillingClient, connect
from billing_client.http import routes
from billing_client.http.api.application import api_application
from billing_client.pay import simulators
from billing_client.pay.providers import providers_from
from billing_client.pay.settings import PaymentSettings
from billing_client.remote.remote import RemoteBillingClient
from billing_client.remote.settings import RemoteSettings
from billing_client.remote.transport import Transport
from billing_client.services import api_keys, billing_run, late_fees, tariffs
from billing_client.store import clock, settings
from billing_client.store.tables import account, meter, outage, reading, sandbox_sms, staff_duty
from billing_client.views import Caller
from billing_client.wire.operation import PREFIX
from billing_client.wire.scopes import SCOPES

ACCOUNT, NEIGHBOUR = "1000002468", "1000001357"
WANG = Caller("web", "wang", "web:wang", "203.0.113.5")
STRANGER = Caller("web", "stranger", None, "203.0.113.9")
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
PLACES = ["in_process", "over_http", *(["elsewhere"] if os.environ.get("CONTRACT_URL") else [])]
PERIODS = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10")


@dataclass
class House:
    """The core, its gateway's address, and a key that opens everything."""

    core: CoreBillingClient
    url: str
    key: str
    http: httpx.AsyncClient
    payment: PaymentSettings

    async def set_now(self, moment: datetime) -> None:
        async with self.core.engine.begin() as connection:
            await clock.set_now(connection, moment, running=False)

    async def code_on_the_phone(self) -> str:
        query = select(sandbox_sms.c.text).order_by(sandbox_sms.c.sms_id.desc()).limit(1)
        async with self.core.engine.connect() as connection:
            found = re.search(r"\d{6}", str(await connection.scalar(query)))
        assert found is not None
        return found[0]

    async def bind(self, client: BillingClient, caller: Caller = WANG) -> None:
        await client.request_code(caller, ACCOUNT)
        await client.confirm_code(caller, await self.code_on_the_phone())

    async def make_key(self, *scopes: str, **how: object) -> str:
        async with self.core.engine.begin() as connection:
            return await api_keys.make(connection, "test", scopes, by="test", **how)  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sandbox provider's keys, made once: they take longer than most tests."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
async def house(database_url: str, keys_folder: Path) -> AsyncIterator[House]:
    simulators.apply(database_url)
    url = f"http://127.0.0.1:{(port := unused_port())}"
    payment = PaymentSettings(
        public_url=url,
        local_url=url,
        data_dir=keys_folder,
        deduct_after=timedelta(0),
        sandbox_retry_scale=0.02,
    )
    core = connect(database_url, payment_settings=payment)
    await _furnish(core)
    async with _gateway(core, payment, port), httpx.AsyncClient(trust_env=False) as http:
        house = House(core, url, "", http, payment)
        house.key = await house.make_key(*SCOPES, requests_per_minute=100_000)
        yield house
    await core.close()


@asynccontextmanager
async def _gateway(
    core: CoreBillingClient, payment: PaymentSettings, port: int
) -> AsyncIterator[None]:
    providers = providers_from(payment)
    application = web.Application()
    routes.setup(
        application, engine=core.engine, providers=providers, settings=payment, client=core
    )
    application.add_subapp(PREFIX, api_application(core.engine, core))
    server = TestServer(application, port=port)
    await server.start_server()
    yield
    await server.close()
    await providers.aclose()


@pytest.fixture(params=["in_process", "over_http"])
async def client(house: House, request: pytest.FixtureRequest) -> AsyncIterator[BillingClient]:
    """The same core by each of the doors."""
    if request.param == "in_process":
        yield house.core
        return
    remote = RemoteBillingClient(Transport(RemoteSettings(house.url, house.key)))
    yield remote
    await remote.close()


@dataclass(frozen=True)
class Subject:
    """A billing system, and a customer of it who has proved an account just now."""

    client: BillingClient
    caller: Caller
    account_no: str


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> tuple[str, House | None]:
    """Which system, and the house when it is ours."""
    name = request.param
    return name, None if name == "elsewhere" else request.getfixturevalue("house")


@pytest.fixture
async def subject(place: tuple[str, House | None]) -> AsyncIterator[Subject]:
    """Elsewhere: the system at CONTRACT_URL, see docs/integration.md."""
    name, house = place
    if house is None:
        async with _elsewhere() as found:
            yield found
        return
    remote = RemoteBillingClient(Transport(RemoteSettings(house.url, house.key)))
    client: BillingClient = remote if name == "over_http" else house.core
    await house.bind(client)
    yield Subject(client, WANG, ACCOUNT)
    await remote.close()


@asynccontextmanager
async def _elsewhere() -> AsyncIterator[Subject]:
    names = ("CONTRACT_URL", "CONTRACT_KEY", "CONTRACT_USER", "CONTRACT_ACCOUNT")
    url, key, user, account_no = (os.environ[name] for name in names)
    channel = os.environ.get("CONTRACT_CHANNEL", "web")
    remote = RemoteBillingClient(Transport(RemoteSettings(url, key)))
    yield Subject(remote, Caller(channel, user), account_no)
    await remote.close()


async def _furnish(core: CoreBillingClient) -> None:
    """The tariff of 天津, two accounts, five bills, an outage, somebody on duty."""
    async with core.engine.begin() as connection:
        await tariffs.load(connection, tariffs.shipped("TJ-2016"))
        await settings.write(connection, late_fees.LATE_FEE, {"rate_per_day": "0.0005"})
        await clock.set_now(connection, NOON, running=False)
        for account_no, name in ((ACCOUNT, "王小明"), (NEIGHBOUR, "李梅")):
            await connection.execute(insert(account).values(_account(account_no, name)))
            await connection.execute(insert(meter).values(_meter(account_no)))
        for number in range(len(PERIODS) + 1):
            read_on = date(2026, 6 + number, 1) - timedelta(days=1)
            await connection.execute(insert(reading).values(_reading(read_on, 10 * number)))
        for period in PERIODS:
            await billing_run.issue_bill(connection, ACCOUNT, period)
        await connection.execute(insert(staff_duty).values(staff_name="周敏", on_duty=True))
        await connection.execute(insert(outage).values(_outage()))


def _account(account_no: str, name: str) -> dict[str, object]:
    return {
        "account_no": account_no,
        "owner_name": name,
        "phone": "13811111234",
        "address": "城关街道和平里2栋3单元401室",
        "area": "和平里",
        "customer_class": "RESIDENT",
        "opened_on": date(2026, 1, 1),
    }


def _meter(account_no: str) -> dict[str, object]:
    return {
        "account_no": account_no,
        "meter_no": f"M{account_no}",
        "kind": "smart",
        "installed_on": date(2026, 5, 31),
    }


def _reading(read_on: date, cubic_metres: int) -> dict[str, object]:
    return {
        "account_no": ACCOUNT,
        "meter_no": f"M{ACCOUNT}",
        "read_on": read_on,
        "reading_l": cubic_metres * 1000,
        "source": "remote",
    }


def _outage() -> dict[str, object]:
    return {
        "kind": "planned",
        "areas": ["和平里"],
        "reason": "管道检修",
        "starts_at": NOON + timedelta(hours=8),
        "ends_at": NOON + timedelta(hours=12),
    }
