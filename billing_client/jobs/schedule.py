"""The jobs of the table on procrastinate's clock: one run at a time, caught up, taken over.

- ``queueing_lock``: a slow run does not pile up behind itself; ``lock``: one at a time.
- A tick that nobody was there for is made up for at the next start, once, when it is not
  older than ``CATCH_UP``.
- A job whose worker died is put back and done by another.
"""

from collections.abc import Awaitable, Callable

import structlog
from procrastinate import App, BaseConnector, RetryStrategy
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status

from billing_client.jobs.table import EVERY_MINUTE, EVERY_NIGHT, JOBS, Job

QUEUE = "billing"
CATCH_UP_SECONDS = 26 * 3600  # a daily job that was missed, and some hours to come back
TRIES, FIRST_WAIT_SECONDS = 5, 60  # after 1, 2, 3, 4 minutes more
DONE_KEPT_HOURS, FAILED_KEPT_HOURS = 25, 30 * 24

log = structlog.get_logger(__name__)
Run = Callable[[Job], Awaitable[None]]


def queue_on(connector: BaseConnector, run: Run) -> App:
    """The queue with all jobs; ``run`` does one when its time has come."""
    queue = App(connector=connector, periodic_defaults={"max_delay": CATCH_UP_SECONDS})
    for job in JOBS.values():
        _add(queue, job, run)
    _add_housekeeping(queue)
    return queue


def _add(queue: App, job: Job, run: Run) -> None:
    again = RetryStrategy(max_attempts=TRIES, linear_wait=FIRST_WAIT_SECONDS)

    @queue.periodic(cron=job.cron_utc)
    @queue.task(
        name=job.name,
        queue=QUEUE,
        lock=job.name,
        queueing_lock=job.name,
        retry=again if job.again else False,
    )
    async def do(timestamp: int) -> None:
        await run(job)


def _add_housekeeping(queue: App) -> None:
    @queue.periodic(cron=EVERY_MINUTE)
    @queue.task(name="take_over", queue=QUEUE, lock="take_over", queueing_lock="take_over")
    async def take_over(timestamp: int) -> None:
        await take_over_stalled(queue)

    @queue.periodic(cron=EVERY_NIGHT)
    @queue.task(name="forget_jobs", queue=QUEUE, lock="forget_jobs", queueing_lock="forget_jobs")
    async def forget_jobs(timestamp: int) -> None:
        await queue.job_manager.delete_old_jobs(nb_hours=DONE_KEPT_HOURS)
        await queue.job_manager.delete_old_jobs(nb_hours=FAILED_KEPT_HOURS, include_failed=True)


async def take_over_stalled(queue: App) -> None:
    """Jobs whose worker is gone: without this their lock would hold the job off for ever."""
    for stalled in await queue.job_manager.get_stalled_jobs(queue=QUEUE):
        log.warning("jobs.taken_over", job=stalled.task_name)
        await _put_back(queue, stalled)


async def _put_back(queue: App, stalled: QueuedJob) -> None:
    try:
        await queue.job_manager.retry_job(stalled)
    except UniqueViolation:  # the next run waits already, and does what this one left
        await queue.job_manager.finish_job(stalled, status=Status.FAILED, delete_job=False)
