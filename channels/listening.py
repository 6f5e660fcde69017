"""LISTEN: one connection hears the database's notices and wakes whoever waits for them.

A notice only ever means "look again": what is new is read from the tables, and who
waits looks again by itself after a while, so a lost notice costs time, never a message.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg
import structlog
from psycopg import AsyncConnection, sql

INBOX = "inbox"  # a customer's message was stored
TURN = "turn"  # a worker began to answer it
OUTBOX = "outbox"  # a message to a customer was stored
ALL_TOPICS = (INBOX, TURN, OUTBOX)
ANYBODY = ""

RECONNECT_SECONDS = 1.0

log = structlog.get_logger(__name__)


def user_key(channel: str, channel_user: str) -> str:
    """The payload of every notice: whose conversation changed."""
    return f"{channel}:{channel_user}"


class Listener:
    """Hands out events that are set at each notice of a topic (and of one customer)."""

    def __init__(self, database_url: str, topics: Sequence[str] = ALL_TOPICS) -> None:
        """``topics``: those that somebody will wait for; of no other is there any notice."""
        self._database_url = database_url
        self._topics = topics
        self._waiting: dict[tuple[str, str], set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        """Return once the connection listens."""
        self._task = asyncio.create_task(self._keep_listening())
        await self._listening.wait()

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    @contextmanager
    def subscribed(
        self, *topics: str, key: str = ANYBODY, channels: Iterable[str] = ()
    ) -> Iterator[asyncio.Event]:
        """An event set at each notice of the topics.

        Of the customer ``key``, or of the customers of ``channels``, or of anybody.
        """
        event = asyncio.Event()
        places = [(topic, wanted) for topic in topics for wanted in tuple(channels) or (key,)]
        for place in places:
            self._waiting.setdefault(place, set()).add(event)
        try:
            yield event
        finally:
            for place in places:
                self._forget(place, event)

    def _forget(self, place: tuple[str, str], event: asyncio.Event) -> None:
        self._waiting[place].discard(event)
        if not self._waiting[place]:
            del self._waiting[place]

    async def _keep_listening(self) -> None:
        while not being_cancelled():
            try:
                await self._listen()
            except psycopg.Error as error:
                log.warning("listening.lost", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await AsyncConnection.connect(self._database_url, autocommit=True)
        async with connection:
            for topic in self._topics:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(topic)))
            self._listening.set()
            self._wake_all()  # what happened while nobody listened
            async for notice in connection.notifies():
                self._wake(notice.channel, notice.payload)

    def _wake(self, topic: str, key: str) -> None:
        channel = key.partition(":")[0]
        for place in ((topic, key), (topic, channel), (topic, ANYBODY)):
            for event in self._waiting.get(place, ()):
                event.set()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()


async def wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, at most so long, and clear it; True when it was set."""
    try:
        async with asyncio.timeout(seconds):  # wait_for can lose a cancellation in Python 3.11
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True


def being_cancelled() -> bool:
    """True once the running task was cancelled; every endless loop over the database asks.

    On Python 3.11 psycopg loses a cancellation that meets an answer (its wait_for does,
    python/cpython#86296), and such a loop would never end.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
