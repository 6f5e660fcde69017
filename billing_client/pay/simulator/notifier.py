"""Sends a simulator's notices, and sends them again until the merchant takes them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog
from aiohttp import web
from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.pay.simulator import faults
from billing_client.pay.simulator.faults import LATE_SECONDS, Fault
from billing_client.pay.simulator.sealing import OutgoingNotice, Seals
from billing_client.pay.simulator.store import outgoing_notice as notify

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 5  # a merchant who answers later has failed
LOOK_SECONDS = 1.0


async def queue_notice(
    connection: AsyncConnection,
    simulator: str,
    url: str,
    notice_id: str,
    envelope: dict[str, Any],
    content: dict[str, Any],
) -> None:
    """Store a notice with what it tells of, in the same transaction; the notifier sends it."""
    knob = await faults.next_of_notice(connection, simulator)
    if knob is Fault.DROPPED:
        return
    values: dict[str, Any] = {
        "simulator": simulator,
        "notice_id": notice_id,
        "url": url,
        "envelope": envelope,
        "content": content,
        "fault": knob,
        "held": knob is Fault.OUT_OF_ORDER,
    }
    if knob is Fault.LATE:
        values["due_at"] = datetime.now(UTC) + timedelta(seconds=LATE_SECONDS)
    copies = 2 if knob is Fault.TWICE else 1
    await connection.execute(insert(notify), [values] * copies)


class Notifier:
    """``retry_scale`` shortens the schedule: 1.0 is the provider's own."""

    def __init__(self, engine: AsyncEngine, seals: Seals, retry_scale: float) -> None:
        self._engine = engine
        self._seals = seals
        self._retry_scale = retry_scale
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was queued: look at once."""
        self._woken.set()

    async def while_serving(self, _: web.Application) -> AsyncIterator[None]:
        """Run as long as the application does (``cleanup_ctx``)."""
        sender = asyncio.create_task(self.run())
        yield
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender

    async def run(self) -> None:
        """Until cancelled. A failing database is logged and tried again."""
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            while True:
                try:
                    while await self.send_one(http):
                        pass
                except Exception:
                    log.exception("sandbox.notify_failed")
                await self._rest()

    async def _rest(self) -> None:
        # Not wait_for: it may swallow a cancellation that comes together with a wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()
        self._woken.clear()

    async def send_one(self, http: httpx.AsyncClient) -> bool:
        """Send the oldest due notice; False when none is due. The next try is booked first."""
        async with self._engine.begin() as connection:
            row = await self._claim(connection)
        if row is None:
            return False
        taken = await self._deliver(http, row)
        async with self._engine.begin() as connection:
            if taken:
                mine = notify.c.notify_id == row.notify_id
                await connection.execute(update(notify).where(mine).values(done_at=func.now()))
            await connection.execute(  # what was held back goes out after another one
                update(notify)
                .where(notify.c.simulator == self._seals.name, notify.c.held)
                .values(held=False)
            )
        return True

    async def _claim(self, connection: AsyncConnection) -> Row[Any] | None:
        due = (
            select(notify)
            .where(notify.c.simulator == self._seals.name, notify.c.done_at.is_(None))
            .where(notify.c.due_at <= func.now(), ~notify.c.held)
            .where(notify.c.attempt <= len(self._seals.retry_seconds))
            .order_by(notify.c.due_at, notify.c.notify_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = (await connection.execute(due)).one_or_none()
        if row is not None:
            await connection.execute(
                update(notify)
                .where(notify.c.notify_id == row.notify_id)
                .values(attempt=row.attempt + 1, due_at=self._next_try(row.attempt), fault=None)
            )
        return row

    def _next_try(self, attempt: int) -> datetime:
        schedule = self._seals.retry_seconds
        wait = schedule[min(attempt, len(schedule) - 1)] * self._retry_scale
        return datetime.now(UTC) + timedelta(seconds=max(wait, 0.2))

    async def _deliver(self, http: httpx.AsyncClient, row: Row[Any]) -> bool:
        """Whether the merchant took it. A fault of the notice is gone at its next try."""
        sealed = self._seals.seal(outgoing(row))
        try:
            answer = await http.post(row.url, content=sealed.body, headers=dict(sealed.headers))
            if row.fault == Fault.REPLAYED:
                await http.post(row.url, content=sealed.body, headers=dict(sealed.headers))
        except httpx.HTTPError as error:
            log.warning("sandbox.notify_unanswered", attempt=row.attempt, error=str(error))
            return False
        return self._seals.is_yes(answer)


def outgoing(row: Row[Any]) -> OutgoingNotice:
    knob = Fault(row.fault) if row.fault else None
    return OutgoingNotice(row.notice_id, row.envelope, row.content, knob)
