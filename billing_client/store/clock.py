"""What time it is for billing: the real moment, or the demo clock of a demo city.

The demo clock is the setting ``demo_clock``: {"at": iso, "set_at": iso or null}.
With ``set_at`` it runs on from there, without it stands still. Production has none.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store import settings
from billing_client.store.tables import setting

SHANGHAI = ZoneInfo("Asia/Shanghai")
DEMO_CLOCK = "demo_clock"


class DemoClockRefused(RuntimeError):
    """Production runs on the real time only."""


def production() -> bool:
    return os.environ.get("XIAOSHUI_ENV") == "production"


async def now(connection: AsyncConnection) -> datetime:
    """The moment it is for billing, aware, Asia/Shanghai."""
    return moment(None if production() else await settings.read(connection, DEMO_CLOCK))


def moment(row: Mapping[str, str | None] | None) -> datetime:
    """What the setting's value means now; None, and anything in production: the real time."""
    real = datetime.now(SHANGHAI)
    if row is None or row["at"] is None or production():
        return real
    at = datetime.fromisoformat(row["at"]).astimezone(SHANGHAI)
    if row["set_at"] is None:
        return at
    return at + (real - datetime.fromisoformat(row["set_at"]))


async def set_now(connection: AsyncConnection, at: datetime, *, running: bool = True) -> None:
    """Set the demo clock to an aware moment. Raises DemoClockRefused in production."""
    if production():
        raise DemoClockRefused("演示时钟不能用于正式环境。")
    if at.tzinfo is None:
        raise ValueError("the demo clock needs an aware moment")
    set_at = datetime.now(SHANGHAI).isoformat() if running else None
    value = {"at": at.isoformat(), "set_at": set_at}
    await settings.write(connection, DEMO_CLOCK, value)


async def use_real_time(connection: AsyncConnection) -> None:
    await connection.execute(delete(setting).where(setting.c.key == DEMO_CLOCK))
