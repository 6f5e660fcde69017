"""What must stand before the first answer: tables, the demo city and its staff, the model."""

import asyncio
import time

from bot.commands import database
from bot.settings import Settings

DEMO_SEED = 20261124


def prepare_data(settings: Settings) -> None:
    """Bring the tables up to date; in the demo, fill the city and staff its desk."""
    assert settings.database_url is not None
    database.upgrade(settings.database_url)
    if settings.environment != "demo":
        return
    from billing_client import connecting
    from billing_client.demo import city
    from channels.desk import demo_staff

    asyncio.run(demo_staff.ensure(settings.database_url))
    if connecting.is_remote():  # its customers are elsewhere
        return
    began = time.monotonic()
    if city.fill(settings.database_url, DEMO_SEED):
        print(f"演示城市已生成(用时 {time.monotonic() - began:.0f} 秒)。", flush=True)


def prepare_model() -> None:
    """Train when anything the model is made of has changed."""
    from bot import training

    training.ensure_model()
