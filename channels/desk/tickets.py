"""Tickets: who asked for a person while nobody was there. Numbered, and told when picked up."""

from dataclasses import dataclass
from datetime import datetime

from channels.database import Pool

# One open ticket a conversation; a second wish finds the first.
OPEN = """
INSERT INTO channels.desk_ticket AS t (conversation_id, reason) VALUES (%s, %s)
ON CONFLICT (conversation_id) WHERE picked_up_at IS NULL
DO UPDATE SET reason = coalesce(excluded.reason, t.reason)
RETURNING ticket_id, opened_at
"""
FIND = """
SELECT ticket_id, opened_at FROM channels.desk_ticket
 WHERE conversation_id = %s AND picked_up_at IS NULL
"""
PICK_UP = """
UPDATE channels.desk_ticket SET picked_up_at = now(), picked_up_by = %s
 WHERE conversation_id = %s AND picked_up_at IS NULL
"""


@dataclass(frozen=True)
class Ticket:
    ticket_id: int
    opened_at: datetime

    @property
    def number(self) -> str:
        """As customers and staff read it: 'K00042'."""
        return f"K{self.ticket_id:05d}"


async def opened(pool: Pool, conversation_id: str, reason: str | None) -> Ticket:
    """The conversation's open ticket, made when there is none."""
    async with pool.connection() as connection:
        row = await (await connection.execute(OPEN, (conversation_id, reason))).fetchone()
    assert row is not None
    return Ticket(*row)


async def waiting(pool: Pool, conversation_id: str) -> Ticket | None:
    async with pool.connection() as connection:
        row = await (await connection.execute(FIND, (conversation_id,))).fetchone()
    return Ticket(*row) if row else None


async def pick_up(pool: Pool, conversation_id: str, staff_name: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(PICK_UP, (staff_name, conversation_id))
