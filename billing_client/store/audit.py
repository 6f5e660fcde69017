"""Says who acts in a transaction; triggers of the database write down what changed.

Changes made past the code (a statement typed into psql) are written down too, with the
database's own user as the actor.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.views import Caller

_ACT = text("SELECT set_config('billing.actor', :actor, true)")


async def acting_as(connection: AsyncConnection, actor: str) -> None:
    """Until the transaction ends, changes are ``actor``'s: 'staff:周敏', 'job:expire', …"""
    await connection.execute(_ACT, {"actor": actor})


def actor_of(caller: Caller) -> str:
    """'staff:小李' when staff act for the customer, else the customer: 'web:3f2a…'."""
    if caller.staff is not None:
        return f"staff:{caller.staff}"
    return f"{caller.channel}:{caller.channel_user}"
