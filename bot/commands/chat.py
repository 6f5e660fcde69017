"""`xiaoshui chat`: talk to the running system in the terminal."""

import asyncio
import sys

from bot import data_folder
from bot.settings import Settings


def chat(settings: Settings, *, name: str | None, channel: str, new: bool, as_json: bool) -> None:
    """As the demo customer ``name``, or as a stranger; ends the process with the exit code."""
    from channels import terminal_chat

    url = data_folder.database_url(settings)
    sys.exit(asyncio.run(terminal_chat.chat(url, name, channel, new, as_json)))
