"""The clock's work: one run at a time, what was missed is made up for, who died is replaced."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import psycopg
import pytest
from croniter import croniter
from procrastinate import App, PsycopgConnector

from billing_client.jobs import schema
from billing_client.jobs.alone import RunsAlready, alone
from billing_client.jobs.record import records
from billing_client.jobs.schedule import QUEUE, queue_on
from billing_client.jobs.table import JOBS, Job
from billing_client.store.clock import SHANGHAI
from billing_client.store.engine import create_engine
from bot.settings import PROJECT

DAILY = {name for name, job in JOBS.items() if job.cron.split()[1].isdigit()}


class Worker:
    """A worker of the queue that writes down what it would do."""

    def __init__(self, url: str, failing: frozenset[str] = frozenset()) -> None:
        self.done: list[str] = []
        self._failing = failing
        self.queue: App = queue_on(PsycopgConnector(conninfo=url), self._run)

    async def _run(self, job: Job) -> None:
        self.done.append(job.name)
        if job.name in self._failing:
            raise RuntimeError(job.name)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        async with self.queue.open_async():
            task = asyncio.create_task(
                self.queue.run_worker_async(queues=[QUEUE], install_signal_handlers=False)
            )
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def until_done(self, names: set[str]) -> None:
        async with asyncio.timeout(40):
            while not names <= set(self.done):
                await asyncio.sleep(0.05)


@pytest.fixture
def queue_url(database_url: str) -> str:
    schema.apply(database_url)
    return database_url


def test_the_hours_are_those_of_shanghai() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)
    for name, hour, minute in (
        ("keep_instalments", 0, 5),
        ("prove_books", 3, 10),
        ("remind_of_due_bills", 9, 0),
        ("reconcile_yesterday", 11, 20),
    ):
        last = croniter(JOBS[name].cron_utc, noon.timestamp()).get_prev(float)
        ran = datetime.fromtimestamp(last, UTC).astimezone(SHANGHAI)
        assert (ran.day, ran.hour, ran.minute) == (24, hour, minute), name


def test_the_page_lists_every_job_with_its_time() -> None:
    page = (PROJECT / "docs" / "jobs.md").read_text(encoding="utf-8")
    for job in JOBS.values():
        assert f"| `{job.name}` | `{job.cron}` |" in page, job.name


async def test_after_an_outage_each_daily_job_is_made_up_for_once(queue_url: str) -> None:
    first = Worker(queue_url)
    async with first.working():
        await first.until_done(DAILY)
    assert all(first.done.count(name) == 1 for name in DAILY)
    second = Worker(queue_url)
    async with second.working():
        await second.until_done({"sweep_orders"})
    assert not DAILY & set(second.done)
    engine = create_engine(queue_url)
    async with engine.connect() as connection:
        known = await records(connection)
    await engine.dispose()
    assert all(known[name].succeeded_at is not None for name in DAILY)


async def test_a_job_that_fails_is_tried_again_and_told(queue_url: str) -> None:
    worker = Worker(queue_url, failing=frozenset({"let_go", "prove_books"}))
    async with worker.working():
        await worker.until_done(DAILY)
        await asyncio.sleep(0.2)
    engine = create_engine(queue_url)
    async with engine.connect() as connection:
        known = await records(connection)
    await engine.dispose()
    for name in ("let_go", "prove_books"):
        assert known[name].failed_at is not None
        assert known[name].succeeded_at is None
    with psycopg.connect(queue_url) as connection:
        states = connection.execute(
            "SELECT task_name, status::text FROM procrastinate_jobs"
            " WHERE task_name IN ('let_go', 'prove_books')"
        ).fetchall()
    # Tried again soon; books that are wrong are wrong again in a minute.
    assert dict(states) == {"let_go": "todo", "prove_books": "failed"}


@pytest.mark.parametrize("another_waits", [False, True])
async def test_the_job_of_a_worker_that_was_killed_is_done_by_another(
    queue_url: str, another_waits: bool
) -> None:
    with psycopg.connect(queue_url) as connection:
        connection.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - interval '5 minutes') RETURNING id)"
            " INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, lock, queueing_lock, args, status, worker_id)"
            """ SELECT 'billing', 'dun', 'dun', 'dun', '{"timestamp": 0}', 'doing', id FROM dead"""
        )
        if another_waits:
            connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)"
                """ VALUES ('billing', 'dun', 'dun', 'dun', '{"timestamp": 0}')"""
            )
    worker = Worker(queue_url)
    async with worker.working():
        await worker.until_done({"dun"})
    with psycopg.connect(queue_url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'dun' AND status = 'doing'"
        ).fetchone()
    assert left == (0,)


async def test_one_run_at_a_time_whoever_starts_it(database_url: str) -> None:
    engines = [create_engine(database_url) for _ in range(2)]
    async with alone(engines[0], "dun"):
        with pytest.raises(RunsAlready):
            async with alone(engines[1], "dun"):
                raise AssertionError("two at once")
        async with alone(engines[1], "let_go"):
            pass
    async with alone(engines[1], "dun"):
        pass
    for engine in engines:
        await engine.dispose()
