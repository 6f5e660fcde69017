"""The drill: every process is killed in turn while two hundred customers talk and pay.

Afterwards nothing that was acknowledged is lost, doubled or out of order, and the books balance.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from billing_client.demo import making
from billing_client.demo.situation import Situation
from billing_client.services.notices import CLAIM_LASTS
from bot import training
from channels.web.visitors import Visitors, secret_in
from tests.integration.ops import drill_evidence
from tests.integration.ops.drill_customers import Customer, pay
from tests.integration.ops.supervised_system import MODELS, SupervisedSystem

CONVERSATIONS = 200
PAYERS = 20
TALK = ("你好", "现在水价多少钱一吨", "今天停水吗")
PAYMENT = ("交水费", "确认缴费")
PAID_SECONDS = 60
MOST_APOLOGIES = 0.1  # of all messages: an apology is an answer, but not the usual one

TOLD_SECONDS = int(CLAIM_LASTS.total_seconds()) + 20
UNTOLD = """
SELECT count(*) FROM billing.notice WHERE topic = 'payment_settled' AND pushed_at IS NULL
"""
PAID = """
SELECT count(*) FROM billing.payment_order o JOIN billing.account a USING (account_no)
 WHERE a.demo_name LIKE 'drill-%%' AND o.state = 'PAID'
"""


@dataclass
class Drill:
    """The system, its customers, and how far they are."""

    system: SupervisedSystem
    client: httpx.AsyncClient
    customers: list[Customer]
    users: list[str]
    paid: int = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number, customer in enumerate(self.customers):
                group.create_task(self._visit(number, customer))
            group.create_task(self._kill_in_turn())

    async def _visit(self, number: int, customer: Customer) -> None:
        await asyncio.sleep(number * 0.05)  # a customer every 50 ms, as at a busy hour
        await customer.talk()
        if number < PAYERS and (url := customer.link()) and not customer.is_over:
            await pay(self.client, url)
            self.paid += 1

    async def _kill_in_turn(self) -> None:
        for number, name in enumerate(("gateway", "worker-1", "worker-2", "postgres"), start=1):
            await self._until_acknowledged(number * 0.12)
            await self.system.kill(name)
        await self._until_acknowledged(0.65)
        await self.system.kill_supervisor()
        await self.system.start()
        await self._until_acknowledged(0.8)
        await self.system.kill_everything_at_once()
        await self.system.start()

    async def _until_acknowledged(self, share: float) -> None:
        """Return when this share of all messages is acknowledged, so that kills meet talk."""
        total = sum(len(customer.lines) for customer in self.customers)
        while sum(len(customer.acknowledged) for customer in self.customers) < share * total:
            if all(customer.is_over for customer in self.customers):
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def system() -> AsyncIterator[SupervisedSystem]:
    training.ensure_model(models=MODELS)
    with tempfile.TemporaryDirectory(prefix="xiaoshui-drill-") as folder:
        Path(folder).chmod(0o711)  # as root the server runs as another user and must get through
        system = SupervisedSystem(Path(folder))
        try:
            await system.start()
            yield system
        finally:
            await system.stop()


@pytest.fixture
async def drill(system: SupervisedSystem) -> AsyncIterator[Drill]:
    users = [f"demo:{name}" for name in payers_of(system.database_url)]
    users += [f"drill-visitor-{number}" for number in range(PAYERS, CONVERSATIONS)]
    visitors = Visitors(secret_in(system.data_dir / "secrets"))
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=system.base_url, timeout=30, limits=limits, trust_env=False
    ) as client:
        customers = [
            Customer(
                client,
                visitors.issue(user),
                PAYMENT if number < PAYERS else TALK,
                sends_all_at_once=number >= PAYERS and number % 2 == 0,
            )
            for number, user in enumerate(users)
        ]
        yield Drill(system, client, customers, users)


def payers_of(database_url: str) -> list[str]:
    """Bound customers with one open bill each."""
    return [
        making.make(database_url, Situation(name=f"drill-{number}", unpaid=1)).name
        for number in range(PAYERS)
    ]


@pytest.mark.timeout(600)
async def test_nothing_acknowledged_is_lost_or_doubled_whoever_is_killed(drill: Drill) -> None:
    began = time.monotonic()
    await drill.run()
    url = drill.system.database_url
    await until_paid(url, drill.paid)
    print(f"drill: {time.monotonic() - began:.0f} s, {drill_evidence.states(url)}")
    acknowledged = [
        (user, message_id, seq)
        for user, customer in zip(drill.users, drill.customers, strict=True)
        for message_id, seq in customer.acknowledged.items()
    ]
    assert drill_evidence.first_fault(url, acknowledged) is None
    assert await drill_evidence.difference_in_books(url) is None
    ended = drill_evidence.states(url)
    assert sum(ended.values()) == len(acknowledged), "stored, yet never acknowledged"
    assert ended.get("apologised", 0) <= MOST_APOLOGIES * len(acknowledged)
    assert drill.paid > PAYERS / 2
    for customer in drill.customers:
        assert_read_once_and_in_order(customer)


async def until_paid(database_url: str, orders: int) -> None:
    """Notices that found nobody are sent again, and the janitor asks for the rest."""
    for _ in range(PAID_SECONDS * 2):
        with psycopg.connect(database_url) as connection:
            row = connection.execute(PAID).fetchone()
        if row is not None and row[0] >= orders:
            await until_told(database_url)
            return
        await asyncio.sleep(0.5)
    raise AssertionError("somebody paid, and it was not settled")


async def until_told(database_url: str) -> None:
    """News that a killed worker had claimed are another's when the claim has lapsed."""
    for _ in range(TOLD_SECONDS * 2):
        with psycopg.connect(database_url) as connection:
            row = connection.execute(UNTOLD).fetchone()
        if row == (0,):
            return
        await asyncio.sleep(0.5)
    raise AssertionError("somebody paid, and was not told")


def assert_read_once_and_in_order(customer: Customer) -> None:
    numbers = [event["seq"] for event in customer.events]
    assert numbers == sorted(set(numbers))
    said = [event["text"] for event in customer.events if event["t"] == "user"]
    assert said == list(customer.lines[: len(said)])
