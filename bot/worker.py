"""A worker process: takes customers' messages, runs their turns, and pushes notices.

Any number of workers may run, on any number of machines; PostgreSQL hands each message
to one of them (channels/turns.py). SIGTERM lets the turns in progress finish.
"""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import structlog

from billing_client import connecting, door
from bot import logs, training, worker_names
from bot.all_actions import all_actions
from bot.code_sending import code_sender
from bot.pushes import push_until
from bot.settings import Settings, load
from bot.turn import SECONDS_PER_TURN, Said, Turner
from channels import counting, heartbeat, listening, turns
from channels.database import Pool, open_pool

TURNS_AT_ONCE = 8
LEASE_SECONDS = 30.0  # well over a turn and its storing; a dead worker's message waits so long
LOOK_SECONDS = 1.0  # a lost notice of the database costs no more than this
BEAT_SECONDS = 5.0
FAILED_SECONDS = 1.0
STOP_SECONDS = SECONDS_PER_TURN + 2.0

log = structlog.get_logger("worker")


class Worker:
    """Claims, answers and finishes turns, several conversations side by side."""

    def __init__(self, pool: Pool, listener: listening.Listener, turner: Turner, name: str) -> None:
        self._pool = pool
        self._listener = listener
        self._turner = turner
        self._name = name
        self._free = asyncio.Semaphore(TURNS_AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    async def work_until(self, stop: asyncio.Event) -> None:
        """Answer what comes until ``stop`` is set, then finish what was begun."""
        with self._listener.subscribed(listening.INBOX) as news:
            while not stop.is_set():
                if not await self._begin_one(news):
                    await listening.wait(news, LOOK_SECONDS)
        if self._running:
            await asyncio.wait(self._running, timeout=STOP_SECONDS)

    async def _begin_one(self, news: asyncio.Event) -> bool:
        """Claim a turn and set it going; False when nothing waits."""
        await self._free.acquire()
        turn = None
        try:
            turn = await turns.claim(self._pool, self._name, LEASE_SECONDS)
        except Exception as error:
            log.warning("worker.claim_failed", error=type(error).__name__)
            await asyncio.sleep(FAILED_SECONDS)
        if turn is None:
            self._free.release()
            return False
        task = asyncio.create_task(self._run(turn, news))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    async def _run(self, turn: turns.Turn, news: asyncio.Event) -> None:
        try:
            finished = await self._answer(turn)
            if finished.more:
                news.set()
        except Exception as error:
            # The claim lapses, and the message is tried again, by this worker or another.
            log.error("worker.turn_lost", exc_info=error)
            with suppress(Exception):
                await turns.release(self._pool, turn, FAILED_SECONDS)
        finally:
            self._free.release()

    async def _answer(self, turn: turns.Turn) -> turns.Finished:
        if turn.exhausted:
            await counting.count(self._pool, "turn_exhausted")
            return await turns.apologise(self._pool, turn, self._turner.apology(turn.channel))
        answer = await self._turner.handle(_said(turn), turn.tracker_state)
        if answer.fault:
            await counting.count(self._pool, answer.fault)
            return await turns.apologise(self._pool, turn, answer.replies[0])
        owner_after = "queue" if answer.handover else None
        return await turns.finish(
            self._pool, turn, answer.replies, answer.state, owner_after, answer.handover
        )


def _said(turn: turns.Turn) -> Said:
    return Said(
        conversation_id=turn.conversation_id,
        channel=turn.channel,
        channel_user=turn.channel_user,
        text=turn.said,
        key=f"{turn.conversation_id}:{turn.seq}",
        photos=turn.attachments,
        address=turn.address,
    )


def run(settings: Settings) -> None:
    """Run a worker until SIGTERM or Ctrl-C. Raises TrainingFailed, psycopg_pool.PoolTimeout."""
    name = worker_names.process_name()
    logs.configure(name, settings.log_level)
    model = training.ensure_model()
    asyncio.run(_serve(settings, model, worker_names.own(name)))


async def _serve(settings: Settings, model: Path, name: str) -> None:
    database_url = settings.database_url
    assert database_url is not None, "a worker is given the database's address"
    stop = _stop_on_signals()
    async with AsyncExitStack() as stack:
        client = connecting.connect(database_url, code_sender=code_sender(settings))
        stack.push_async_callback(client.close)
        door.set_client(client)
        turner = Turner(model, client, all_actions())
        _settle_memory()
        pool = await open_pool(database_url, max_size=TURNS_AT_ONCE)
        stack.push_async_callback(pool.close)
        listener = listening.Listener(database_url, topics=(listening.INBOX,))
        await listener.start()
        stack.push_async_callback(listener.stop)
        stack.push_async_callback(heartbeat.leave, pool, name)
        dead = worker_names.dead_here(await turns.holders(pool))
        await turns.let_go(pool, dead)
        log.info("worker.ready", model=model.name)
        await _until_stopped(
            stop,
            lambda: Worker(pool, listener, turner, name).work_until(stop),
            lambda: _beat_until(stop, pool, name),
            lambda: push_until(stop, pool, client, turner.responses),
            lambda: _run_jobs(database_url, stop),
        )
    log.info("worker.stopped")


async def _until_stopped(stop: asyncio.Event, *parts: Callable[[], Awaitable[None]]) -> None:
    """Run all parts; when one fails the others end too, and the process with them."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(_ending_all(stop, part))
    except* Exception as errors:
        log.error("worker.failed", exc_info=errors)
        raise


async def _ending_all(stop: asyncio.Event, part: Callable[[], Awaitable[None]]) -> None:
    try:
        await part()
    finally:
        stop.set()


async def _beat_until(stop: asyncio.Event, pool: Pool, name: str) -> None:
    loaded_at = datetime.now(UTC)
    while not stop.is_set():
        try:
            await heartbeat.beat(pool, name, loaded_at)
        except Exception as error:
            log.warning("worker.beat_failed", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), BEAT_SECONDS)


async def _run_jobs(database_url: str, stop: asyncio.Event) -> None:
    """Billing's jobs; if they fail they begin anew, for conversations must go on.

    A billing core elsewhere runs its own.
    """
    from billing_client.jobs.runner import run_jobs

    if connecting.is_remote():
        await stop.wait()
        return

    while not stop.is_set():
        try:
            await run_jobs(database_url, stop)
        except Exception as error:
            log.error("worker.jobs_failed", exc_info=error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT_SECONDS)


def _settle_memory() -> None:
    """What was loaded stays: a full collection would walk it for 0.16 s while turns wait."""
    gc.collect()
    gc.freeze()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def main() -> None:
    """`python -m bot.worker`."""
    run(load())


if __name__ == "__main__":
    sys.exit(main())
