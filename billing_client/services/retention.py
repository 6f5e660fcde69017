"""How long rows are kept that nobody needs for the books, and letting them go.

Bills, ledger, readings and orders stay. The setting ``retention`` overrides single days:
``{"guess_days": 60}``. The audit is kept by the database itself (never under three years).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.store import settings

RETENTION = "retention"
CHUNK = 10_000


@dataclass(frozen=True)
class Kept:
    """Rows of ``table`` go when ``column`` is older than ``days``; NULL there keeps a row."""

    table: str
    column: str
    days: int


# Five years for what proves a bill (发票管理办法 2023 art. 28), three for use by the day
# (claims live three years, 民法典 188); codes and counts of guesses only while they protect.
POLICIES = (
    Kept("guess", "at", 30),
    Kept("one_time_code", "sent_at", 90),
    Kept("sandbox_sms", "sent_at", 30),
    Kept("api_answer", "claimed_at", 7),  # a repetition comes within minutes
    Kept("notice", "pushed_at", 400),
    Kept("provider_notice", "handled_at", 1_825),
    Kept("notice_nonce", "at", 1),  # a signature is stale after minutes
    Kept("daily_usage", "day", 1_095),
    Kept("submitted_reading", "submitted_at", 1_825),
    Kept("audit", "at", 1_825),
)


async def days_of(engine: AsyncEngine) -> dict[str, int]:
    """The days of each table, with the utility's own."""
    async with engine.connect() as connection:
        own: Mapping[str, Any] = await settings.read(connection, RETENTION) or {}
    return {kept.table: int(own.get(f"{kept.table}_days", kept.days)) for kept in POLICIES}


async def let_go(engine: AsyncEngine, now: datetime) -> dict[str, int]:
    """Delete what is past its time, in small transactions; how many rows of each table."""
    days = await days_of(engine)
    gone: dict[str, int] = {}
    for kept in POLICIES:
        until = now - timedelta(days=days[kept.table])
        gone[kept.table] = await _delete(engine, kept, until)
    return gone


async def _delete(engine: AsyncEngine, kept: Kept, until: datetime) -> int:
    statement = text(
        f"DELETE FROM billing.{kept.table} WHERE ctid IN (SELECT ctid FROM"  # noqa: S608
        f" billing.{kept.table} WHERE {kept.column} < :until LIMIT {CHUNK})"
    )
    total = 0
    while True:
        async with engine.begin() as connection:
            result = await connection.execute(statement, {"until": until})
        total += result.rowcount
        if result.rowcount < CHUNK:
            return total
