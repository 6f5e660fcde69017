"""Hands a conversation back to the bot from the command line."""

from channels.database import open_pool
from channels.ownership import Ownership, release_to_bot


async def release(database_url: str, conversation_id: str) -> Ownership:
    """Raises ``TransitionRefused`` when there is no such conversation, or no person owns it."""
    pool = await open_pool(database_url, max_size=1)
    try:
        return await release_to_bot(pool, conversation_id)
    finally:
        await pool.close()
