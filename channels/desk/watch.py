"""The watch: no conversation waits for nobody, and whoever waits knows where they stand.

Every gateway may run it: what it does is tied to the owner number or to a send key, so that
two of them do it once.
"""

import asyncio

from channels.database import Pool
from channels.desk import queue_notices, silences
from channels.desk.rules import Rules
from channels.listening import being_cancelled

LOOK_EVERY_SECONDS = 2.0


async def run(pool: Pool, rules: Rules) -> None:
    """Look for ever; cancel to stop."""
    while not being_cancelled():
        await silences.look(pool, rules)
        await queue_notices.tell_all(pool, rules)
        await asyncio.sleep(LOOK_EVERY_SECONDS)
