"""One conversation as the desk knows it: whose it is, since when, and why it came here."""

from dataclasses import dataclass
from datetime import datetime

from channels.database import Pool
from channels.messages import Owner

FIND = """
SELECT conversation_id, channel, channel_user, owner, owner_number, agent, owner_since,
       handover_reason, created_at
  FROM channels.conversation WHERE conversation_id = %s
"""


@dataclass(frozen=True)
class Conversation:
    conversation_id: str
    channel: str
    channel_user: str
    owner: Owner
    owner_number: int
    agent: str | None
    owner_since: datetime
    reason: str | None
    created_at: datetime

    def held_by(self, staff_name: str) -> bool:
        return self.owner == "agent" and self.agent == staff_name


async def find(pool: Pool, conversation_id: str) -> Conversation | None:
    async with pool.connection() as connection:
        row = await (await connection.execute(FIND, (conversation_id,))).fetchone()
    return None if row is None else Conversation(*row)
