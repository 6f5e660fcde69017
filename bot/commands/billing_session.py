"""What the commands of the business office share: one transaction, and sentences for refusals."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import data_folder, settings

Result = TypeVar("Result")

CLOCK_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")


class CommandRefused(RuntimeError):
    """The command cannot do this; the message is one sentence for the operator."""


def in_transaction(
    work: Callable[[AsyncConnection, datetime], Awaitable[Result]], actor: str
) -> Result:
    """Run ``work`` as ``actor`` at the moment it is for billing, all of it or nothing."""
    return asyncio.run(_run(data_folder.database_url(settings.load()), work, actor))


async def _run(
    url: str, work: Callable[[AsyncConnection, datetime], Awaitable[Result]], actor: str
) -> Result:
    from billing_client.store import audit, clock
    from billing_client.store.engine import create_engine

    engine = create_engine(url)
    try:
        async with engine.begin() as connection:
            await audit.acting_as(connection, actor)
            return await work(connection, await clock.now(connection))
    finally:
        await engine.dispose()


def actor(staff: str | None) -> str:
    """'staff:周敏', or the user of this machine."""
    return f"staff:{staff or getpass.getuser()}"


def moment(text: str) -> datetime:
    """'2026-11-26 09:00' in Asia/Shanghai."""
    from billing_client.store.clock import SHANGHAI

    for form in CLOCK_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    raise CommandRefused(f"时间应写成「2026-11-26 09:00」,现在是「{text}」。")
