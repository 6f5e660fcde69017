"""What an approved request does to the account, in the transaction that approves it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection


class DecisionIncomplete(ValueError):
    """The decision lacks what its effect needs; the message names it for staff."""


Effect = Callable[[AsyncConnection, RowMapping, Mapping[str, Any], str, datetime], Awaitable[None]]


async def apply(
    connection: AsyncConnection,
    effect: str,
    order: RowMapping,
    decision: Mapping[str, Any],
    actor: str,
    now: datetime,
) -> None:
    """Raises DecisionIncomplete, and what the effect itself refuses."""
    await EFFECTS[effect](connection, order, decision, actor, now)


EFFECTS: dict[str, Effect] = {}
