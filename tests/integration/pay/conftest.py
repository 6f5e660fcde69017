"""A utility with one account and one bill, its gateway on loopback, and a payer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.domain.ledger import Posting
from billing_client.http import routes
from billing_client.jobs.duties import Duties
from billing_client.pay import simulators
from billing_client.pay.port import PaymentProvider
from billing_client.pay.providers import Providers, providers_from
from billing_client.pay.settings import PaymentSettings
from billing_client.services import ledger
from billing_client.services.autopay import AutopayService
from billing_client.services.payments import PaymentService
from billing_client.store import clock
from billing_client.store.engine import create_engine
from billing_client.store.proof import first_difference
from billing_client.store.tables import (
    account,
    bill,
    bill_item,
    bill_line,
    notice,
    payment_order,
    setting,
)
from billing_client.views import Caller, PaymentOrderView

ACCOUNT = "1000002468"
CALLER = Caller("web", "visitor-1", "web:visitor-1")
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
WAIT_SECONDS = 15


@dataclass
class Utility:
    """What a test holds: the services, the address of the gateway, and questions to the books."""

    engine: AsyncEngine
    providers: Providers
    settings: PaymentSettings
    payments: PaymentService
    autopay: AutopayService
    duties: Duties
    payer: httpx.AsyncClient

    @property
    def provider(self) -> PaymentProvider:
        """The one that customers get without a choice."""
        return next(iter(self.providers))

    async def issue(self, period: str, fen: int) -> int:
        """A bill of the account, with its posting."""
        async with self.engine.begin() as connection:
            bill_id = await connection.scalar(
                insert(bill).values(_bill(period, fen)).returning(bill.c.bill_id)
            )
            assert bill_id is not None
            await connection.execute(
                insert(bill_item).values(
                    account_no=ACCOUNT,
                    bill_id=bill_id,
                    component="WATER",
                    component_name="水费",
                    amount_fen=fen,
                )
            )
            await connection.execute(insert(bill_line).values(_bill_line(bill_id, fen)))
            line = Posting(f"ar:{ACCOUNT}", "revenue:WATER", fen)
            await ledger.post(connection, "bill", str(bill_id), ACCOUNT, [line], NOON)
        return bill_id

    async def order(self, key: str = "k1", **wish: Any) -> PaymentOrderView:
        return await self.payments.create_payment_order(
            CALLER, ACCOUNT, idempotency_key=key, **wish
        )

    async def act(self, url: str, act: str) -> str:
        """The payer presses a button of the page behind ``url``."""
        page = await self.payer.get(url, follow_redirects=True)
        assert page.status_code == 200, page.text
        pressed = await self.payer.post(page.url, data={"act": act})
        assert pressed.status_code == 200, pressed.text
        return pressed.text

    async def notices(self) -> list[tuple[str, dict[str, Any]]]:
        asked = select(notice.c.topic, notice.c.payload).order_by(notice.c.notice_id)
        async with self.engine.connect() as connection:
            return [(row[0], row[1]) for row in await connection.execute(asked)]

    async def told(self, topic: str) -> dict[str, Any]:
        """Wait until customers are told of ``topic``; its payload."""
        return await eventually(lambda: self._first(topic))

    async def _first(self, topic: str) -> dict[str, Any] | None:
        return next((payload for name, payload in await self.notices() if name == topic), None)

    async def state(self, order_no: str) -> str:
        asked = select(payment_order.c.state).where(payment_order.c.order_no == order_no)
        async with self.engine.connect() as connection:
            return str(await connection.scalar(asked))

    async def orders(self) -> int:
        async with self.engine.connect() as connection:
            asked = select(func.count()).select_from(payment_order)
            return int(await connection.scalar(asked) or 0)

    async def paid_fen(self, bill_id: int) -> int:
        async with self.engine.connect() as connection:
            asked = select(bill.c.paid_fen).where(bill.c.bill_id == bill_id)
            return int(await connection.scalar(asked) or 0)

    async def assert_books_right(self) -> None:
        async with self.engine.connect() as connection:
            assert await first_difference(connection) is None


def _bill_line(bill_id: int, fen: int) -> dict[str, Any]:
    """One line that comes to ``fen``: as many litres at 10 yuan a m³."""
    price_e4 = 100_000
    return {
        "account_no": ACCOUNT,
        "bill_id": bill_id,
        "line": 1,
        "component": "WATER",
        "component_name": "水费",
        "tier": 0,
        "volume_l": fen,
        "price_e4": price_e4,
        "amount_e5": fen * price_e4,
    }


def _bill(period: str, fen: int) -> dict[str, Any]:
    return {
        "account_no": ACCOUNT,
        "period": period,
        "meter_no": "M1",
        "reading_from_l": 0,
        "reading_to_l": 10_000,
        "read_from": date(2026, 9, 30),
        "read_to": date(2026, 10, 31),
        "used_l": 10_000,
        "prior_l": 0,
        "persons": 3,
        "tariff_id": "TJ-2016",
        "customer_class": "RESIDENT",
        "total_fen": fen,
        "issued_on": date(2026, 11, 5),
        "due_on": date(2026, 12, 5),
    }


async def eventually(look: Callable[[], Awaitable[Any]]) -> Any:
    """The first answer that is not None."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never happened")


class NoPages:
    async def paper(self, kind: str, ref: str, token: str) -> bytes:
        raise AssertionError("no test here opens a paper")

    async def usage_chart(self, account_no: str, signature: str) -> str:
        raise AssertionError("no test here looks at a chart")

    async def usage_chart_png(self, account_no: str, signature: str) -> bytes | None:
        raise AssertionError("no test here looks at a chart")


@pytest.fixture
async def utility(database_url: str, tmp_path: Path) -> AsyncIterator[Utility]:
    simulators.apply(database_url)
    engine = create_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(insert(account).values(_account()))
        await connection.execute(
            insert(setting).values(
                key=clock.DEMO_CLOCK, value={"at": NOON.isoformat(), "set_at": None}
            )
        )
    url = f"http://127.0.0.1:{(port := unused_port())}"
    settings = PaymentSettings(
        public_url=url,
        local_url=url,
        data_dir=tmp_path,
        deduct_after=timedelta(0),
        sandbox_retry_scale=0.001,
    )
    providers = providers_from(settings)
    application = web.Application()
    routes.setup(
        application, engine=engine, providers=providers, settings=settings, client=NoPages()
    )
    server = TestServer(application, port=port)
    await server.start_server()
    async with httpx.AsyncClient(trust_env=False) as payer:
        yield Utility(
            engine,
            providers,
            settings,
            PaymentService(engine, providers, settings),
            AutopayService(engine, providers, settings),
            Duties(engine, providers, settings),
            payer,
        )
    await server.close()
    await providers.aclose()
    await engine.dispose()


def _account() -> dict[str, Any]:
    return {
        "account_no": ACCOUNT,
        "owner_name": "王小明",
        "phone": "13811112222",
        "address": "清源市和平路1号",
        "area": "和平路",
        "customer_class": "RESIDENT",
        "opened_on": date(2020, 1, 1),
    }
