"""The terminal as a door of its own: a customer of any channel, without that channel.

It goes the way of every message (inbox, fence, outbox) in the running system's database.
"""

import asyncio
import secrets
import uuid

from channels import inbox, ownership, streams
from channels.abilities import DEMO_USER_PREFIX, TERMINAL_USER_PREFIX
from channels.database import Pool
from channels.inbox import Received
from channels.listening import OUTBOX, Listener, user_key, wait
from channels.messages import InboundMessage
from channels.streams import Event

ANSWER_SECONDS = 120.0  # a worker's lease lapses and is tried again well before
LOOK_AGAIN_SECONDS = 0.5

OPEN = """
SELECT conversation_id, owner FROM channels.conversation
 WHERE channel = %s AND channel_user = %s AND owner <> 'closed'
"""
STATE = "SELECT state FROM channels.inbox WHERE conversation_id = %s AND seq = %s"


class TerminalDoor:
    """One customer at a keyboard: the demo customer ``name``, or somebody unknown."""

    def __init__(self, pool: Pool, listener: Listener, channel: str, name: str | None) -> None:
        self._pool, self._listener, self.channel = pool, listener, channel
        self._user = (
            f"{DEMO_USER_PREFIX}{name}"
            if name
            else f"{TERMINAL_USER_PREFIX}{secrets.token_hex(16)}"
        )
        self._place = 0

    async def start(self, *, new: bool) -> None:
        """Take up the conversation where it stands; with ``new`` close it, to begin afresh."""
        conversation = await self.conversation()
        if new and conversation is not None:
            await ownership.close(self._pool, conversation[0])
        self._place = await streams.newest_seq(self._pool, self.channel, self._user)

    async def conversation(self) -> tuple[str, str] | None:
        """Id and owner of the open conversation."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(OPEN, (self.channel, self._user))).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    async def say(self, text: str) -> Received:
        return await inbox.receive(
            self._pool,
            InboundMessage(self.channel, self._user, uuid.uuid4().hex, text.replace("\0", "")),
        )

    async def answered(self, received: Received) -> None:
        """Return when the message is answered, or with staff. Raises ``TimeoutError``."""
        with self._listener.subscribed(OUTBOX, key=user_key(self.channel, self._user)) as news:
            async with asyncio.timeout(ANSWER_SECONDS):
                while await self._state(received) == "new":
                    await wait(news, LOOK_AGAIN_SECONDS)

    async def collect(self) -> list[Event]:
        """What was sent to the customer since the last call; it counts as delivered now."""
        sent: list[Event] = []
        while events := await streams.read(self._pool, self.channel, self._user, self._place):
            self._place = events[-1].seq
            await streams.mark_sent(self._pool, self.channel, self._user, events)
            sent += [event for event in events if event.author != "user"]
        return sent

    async def _state(self, received: Received) -> str:
        key = (received.conversation_id, received.seq)
        async with self._pool.connection() as connection:
            row = await (await connection.execute(STATE, key)).fetchone()
        assert row is not None
        return str(row[0])
