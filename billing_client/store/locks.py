"""Locks that last until the transaction ends, by name.

Who needs both takes the row of the payment order first, then the account.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def lock_account(connection: AsyncConnection, account_no: str) -> None:
    """Every command that moves money of an account takes this first."""
    await connection.execute(_LOCK, {"name": f"account:{account_no}"})


async def lock_names(connection: AsyncConnection, *names: str) -> None:
    """Several locks in sorted order, so that two takers never wait for each other."""
    for name in sorted(set(names)):
        await connection.execute(_LOCK, {"name": name})
