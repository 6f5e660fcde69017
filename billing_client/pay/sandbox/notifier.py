"""Sends the sandbox's notices, and sends them again until the merchant takes them."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import structlog
from sqlalchemy import func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.pay.sandbox.gate import signed_headers
from billing_client.pay.sandbox.keys import SandboxKeys
from billing_client.pay.sandbox.store import notify
from billing_client.pay.sandbox.trades import wechat_time
from billing_client.pay.wechat.signature import encrypt

log = structlog.get_logger(__name__)

# Seconds between tries, apiv3/apis/chapter3_1_11; no guarantee after the last.
RETRY_SECONDS = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600) + 3 * (10800,) + 2 * (21600,)
ANSWER_SECONDS = 5  # a merchant who answers later has failed
LOOK_SECONDS = 1.0


class Notifier:
    """``retry_scale`` shortens the schedule: 1.0 is WeChat's own."""

    def __init__(self, engine: AsyncEngine, keys: SandboxKeys, retry_scale: float) -> None:
        self._engine = engine
        self._keys = keys
        self._retry_scale = retry_scale
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was queued: look at once."""
        self._woken.set()

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
        try:
            await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
        except TimeoutError:
            return
        self._woken.clear()

    async def send_one(self, http: httpx.AsyncClient) -> bool:
        """Send the oldest due notice; False when none is due. The next try is booked first."""
        async with self._engine.begin() as connection:
            row = await self._claim(connection)
        if row is None:
            return False
        if await self._deliver(http, row):
            async with self._engine.begin() as connection:
                mine = notify.c.notify_id == row.notify_id
                await connection.execute(update(notify).where(mine).values(done_at=func.now()))
        return True

    async def _claim(self, connection: AsyncConnection) -> Row[Any] | None:
        due = (
            select(notify)
            .where(notify.c.done_at.is_(None), notify.c.due_at <= func.now())
            .where(notify.c.attempt <= len(RETRY_SECONDS))
            .order_by(notify.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = (await connection.execute(due)).one_or_none()
        if row is not None:
            await connection.execute(
                update(notify)
                .where(notify.c.notify_id == row.notify_id)
                .values(attempt=row.attempt + 1, due_at=self._next_try(row.attempt))
            )
        return row

    def _next_try(self, attempt: int) -> datetime:
        wait = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)] * self._retry_scale
        return datetime.now(UTC) + timedelta(seconds=max(wait, 0.2))

    async def _deliver(self, http: httpx.AsyncClient, row: Row[Any]) -> bool:
        headers, body = sealed_notice(self._keys, row)
        try:
            answer = await http.post(row.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("sandbox.notify_unanswered", attempt=row.attempt, error=str(error))
            return False
        return answer.status_code in (200, 204)


def sealed_notice(keys: SandboxKeys, row: Row[Any]) -> tuple[dict[str, str], bytes]:
    """Headers and body of one notice, encrypted and signed now."""
    content = json.dumps(row.content, ensure_ascii=False).encode()
    resource = encrypt(keys.apiv3_key, content, row.original_type)
    envelope = {
        "id": row.notice_id,
        "create_time": wechat_time(datetime.now(UTC)),
        "resource_type": "encrypt-resource",
        "event_type": row.event_type,
        "summary": row.summary,
        "resource": resource | {"original_type": row.original_type},
    }
    body = json.dumps(envelope, ensure_ascii=False).encode()
    return signed_headers(keys, body) | {"Content-Type": "application/json"}, body
