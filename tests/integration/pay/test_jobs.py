"""The worker's side: the queue's tables, a worker that sweeps, and the demo's payer."""

import asyncio

import psycopg
import pytest
from sqlalchemy import update

from billing_client.jobs import schema
from billing_client.jobs.runner import run_jobs
from billing_client.services.demo_payer import PageRefused, decide_contract, pay_order
from billing_client.store.tables import payment_order
from tests.integration.pay.conftest import ACCOUNT, CALLER, NOON, Utility


def test_the_queue_is_made_once(database_url: str) -> None:
    schema.apply(database_url)
    schema.apply(database_url)
    with psycopg.connect(database_url) as connection:
        found = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
    assert found is not None
    assert found[0] is not None


async def test_a_worker_closes_an_expired_order_and_stops(
    utility: Utility, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(schema.apply, database_url)
    await utility.issue("2026-10", 8650)
    await utility.order()
    async with utility.engine.begin() as connection:
        await connection.execute(update(payment_order).values(expires_at=NOON, next_query_at=NOON))
    monkeypatch.setenv("LOCAL_URL", utility.settings.local_url)
    monkeypatch.setenv("DATA_DIR", str(utility.settings.data_dir))
    stop = asyncio.Event()
    worker = asyncio.create_task(run_jobs(database_url, stop))
    await utility.told("payment_expired")
    stop.set()
    await asyncio.wait_for(worker, 20)


async def test_the_demo_payer_pays_and_signs_through_the_pages(utility: Utility) -> None:
    await utility.issue("2026-10", 8650)
    order = await utility.order()
    await pay_order(utility.engine, utility.settings, order.order_no)
    await utility.told("payment_settled")
    await utility.autopay.sign_autopay(CALLER, ACCOUNT, idempotency_key="s1")
    await decide_contract(utility.engine, utility.settings, ACCOUNT, "sign")
    await utility.told("autopay_signed")
    with pytest.raises(PageRefused):
        await decide_contract(utility.engine, utility.settings, ACCOUNT, "dance")
