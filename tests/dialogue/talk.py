"""Talking with the running system through the terminal door, and what was said so far."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from channels import inbox, streams
from channels.database import Pool
from channels.messages import InboundMessage, Reply
from channels.numbered_options import as_plain_text
from channels.sms.render import render as render_sms

ANSWER_SECONDS = 20
PUSH_SECONDS = 20
SILENCE_SECONDS = 1.5
LOOK_SECONDS = 0.05

STATE = "SELECT state FROM channels.inbox WHERE conversation_id = %s AND seq = %s"
OWNER = """
SELECT owner FROM channels.conversation
 WHERE channel = %s AND channel_user = %s ORDER BY created_at DESC LIMIT 1
"""


@dataclass
class Talk:
    """One customer on one channel. ``transcript`` grows with everything either side says."""

    pool: Pool
    channel: str
    channel_user: str
    transcript: list[str] = field(default_factory=list)
    place: int = 0

    async def say(self, text: str) -> list[Reply]:
        """Say it, and return what the bot answers, which may be nothing while a person owns it."""
        self.transcript.append(f"> {text}")
        message = InboundMessage(
            channel=self.channel,
            channel_user=self.channel_user,
            channel_key=uuid4().hex,
            text=text,
        )
        received = await inbox.receive(self.pool, message)
        state = await self._answered(received)
        if state == "for_staff":
            await asyncio.sleep(SILENCE_SECONDS)
        return await self.news()

    async def news(self) -> list[Reply]:
        """What came since the last look."""
        events = await streams.read(self.pool, self.channel, self.channel_user, self.place)
        if events:
            self.place = events[-1].seq
            await streams.mark_sent(self.pool, self.channel, self.channel_user, events)
        replies = [event.reply for event in events if event.author != "user"]
        self.transcript += [
            f"  [{event.author}] {shown(event.reply, self.channel)}"
            for event in events
            if event.author != "user"
        ]
        return replies

    async def pushed(self, texts: Sequence[str]) -> list[Reply]:
        """Wait until all ``texts`` stand in messages that come by themselves, or time is up."""
        replies: list[Reply] = []
        deadline = time.monotonic() + PUSH_SECONDS
        while time.monotonic() < deadline:
            replies += await self.news()
            joined = "\n".join(shown(reply, self.channel) for reply in replies)
            if all(text in joined for text in texts):
                break
            await asyncio.sleep(LOOK_SECONDS)
        return replies

    async def owner(self) -> str:
        async with self.pool.connection() as connection:
            cursor = await connection.execute(OWNER, (self.channel, self.channel_user))
            row = await cursor.fetchone()
        return str(row[0]) if row else "none"

    async def _answered(self, received: inbox.Received) -> str:
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            async with self.pool.connection() as connection:
                cursor = await connection.execute(STATE, (received.conversation_id, received.seq))
                row = await cursor.fetchone()
            if row and row[0] != "new":
                return str(row[0])
            await asyncio.sleep(LOOK_SECONDS)
        self.transcript.append(f"  (no answer within {ANSWER_SECONDS} s)")
        return "new"


def shown(reply: Reply, channel: str) -> str:
    """The reply as its channel would show it, links by their titles."""
    if channel == "sms":
        return "\n".join(sms.text for sms in render_sms(reply))
    return as_plain_text(reply, with_image=True)
