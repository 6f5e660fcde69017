"""Runs billing's jobs inside a worker process."""

import asyncio

import structlog
from procrastinate import App, PsycopgConnector
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.jobs.alone import RunsAlready, alone
from billing_client.jobs.duties import Duties
from billing_client.jobs.schedule import QUEUE, queue_on
from billing_client.jobs.table import Job
from billing_client.pay.providers import providers_from
from billing_client.pay.settings import settings_from
from billing_client.store.engine import create_engine

POOL_SIZE = 2  # conversations need the connections more
STOP_SECONDS = 10

log = structlog.get_logger(__name__)


async def run_jobs(database_url: str, stop_event: asyncio.Event) -> None:
    """Work until ``stop_event`` is set. Any number of processes: a job runs in one of them."""
    settings = settings_from()
    providers = providers_from(settings)
    engine = create_engine(database_url, pool_size=POOL_SIZE)
    duties = Duties(engine, providers, settings)
    connector = PsycopgConnector(conninfo=database_url, min_size=1, max_size=4)
    queue = queue_on(connector, lambda job: _run(engine, duties, job))
    try:
        async with queue.open_async():
            await _work_until(queue, stop_event)
    finally:
        await providers.aclose()
        await engine.dispose()


async def run_once(database_url: str, job: Job) -> object:
    """Do one job now, for a command: what it returns. Raises RunsAlready, and what it raises."""
    settings = settings_from()
    providers = providers_from(settings)
    engine = create_engine(database_url, pool_size=POOL_SIZE)
    try:
        async with alone(engine, job.name):
            return await job.work(Duties(engine, providers, settings))
    finally:
        await providers.aclose()
        await engine.dispose()


async def _run(engine: AsyncEngine, duties: Duties, job: Job) -> None:
    try:
        async with alone(engine, job.name):
            await job.work(duties)
    except RunsAlready:
        log.info("jobs.runs_already", job=job.name)


async def _work_until(queue: App, stop_event: asyncio.Event) -> None:
    worker = asyncio.create_task(
        queue.run_worker_async(
            queues=[QUEUE],
            install_signal_handlers=False,
            shutdown_graceful_timeout=STOP_SECONDS,
        )
    )
    stopping = asyncio.create_task(stop_event.wait())
    await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not worker.done():
        worker.cancel()
    await asyncio.gather(worker, stopping, return_exceptions=True)
    if not worker.cancelled() and (error := worker.exception()) is not None:
        raise error
