"""The utility's quiet hours: the setting ``quiet_hours``, else from eight to eight."""

from datetime import datetime, time

from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.quiet_hours import QuietHours
from billing_client.store import settings
from billing_client.store.clock import SHANGHAI

QUIET_HOURS = "quiet_hours"  # {"since": "20:00", "until": "08:00"}


async def quiet(connection: AsyncConnection, now: datetime) -> bool:
    stored = await settings.read(connection, QUIET_HOURS) or {}
    chosen = {name: time.fromisoformat(text) for name, text in stored.items()}
    return QuietHours(**chosen).holds(now.astimezone(SHANGHAI))
