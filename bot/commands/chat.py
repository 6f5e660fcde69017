"""`xiaoshui chat`: talk to the running system in the terminal."""

import asyncio
import sys

from bot import data_folder
from bot.settings import Settings


def chat(settings: Settings, *, name: str | None, channel: str, new: bool, as_json: bool) -> None:
    """As the demo customer ``name``, or as a stranger; ends the process with the exit code.

    Raises psycopg.OperationalError when the database cannot be reached.
    """
    from channels import terminal_chat

    url = data_folder.database_url(settings)
    if name is not None and settings.environment == "production":
        sys.exit("正式环境没有演示客户,--as 不能用。")
    if name is not None and not _is_known(url, name):
        sys.exit(f"没有叫「{name}」的演示客户,有哪些请看 xiaoshui demo list。")
    sys.exit(asyncio.run(terminal_chat.chat(url, name, channel, new, as_json)))


def _is_known(database_url: str, name: str) -> bool:
    import psycopg

    with psycopg.connect(database_url, connect_timeout=5) as connection:
        known = connection.execute("SELECT 1 FROM billing.account WHERE demo_name = %s", [name])
        return known.fetchone() is not None
