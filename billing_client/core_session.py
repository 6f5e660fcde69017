"""How the core runs a use case: one transaction, the moment it happens at, and who may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.first_look import FirstLooks
from billing_client.services import identity
from billing_client.store import clock
from billing_client.store.engine import reading
from billing_client.views import Caller


@dataclass(frozen=True)
class Session:
    """One transaction and the moment it happens at."""

    connection: AsyncConnection
    now: datetime


class Sessions:
    """What every side of the core stands on."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._reading_engine = reading(engine)
        self._first_looks = FirstLooks()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[Session]:
        async with self.engine.begin() as connection:
            yield Session(connection, await clock.now(connection))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Session]:
        """For use cases that only read."""
        async with self._reading_engine.connect() as connection:
            yield Session(connection, await clock.now(connection))

    @asynccontextmanager
    async def _allowed(
        self, caller: Caller, method: str, account_no: str
    ) -> AsyncIterator[Session]:
        """A session on an account that the caller may use this method on."""
        self._first_looks.forget(caller)
        async with self.engine.begin() as connection:
            now = await identity.require(connection, caller, method, account_no)
            yield Session(connection, now)

    @asynccontextmanager
    async def _allowed_to_read(
        self, caller: Caller, method: str, account_no: str
    ) -> AsyncIterator[Session]:
        """The same for a method that only reads."""
        async with self._reading_engine.connect() as connection:
            now = self._moment_if_allowed(caller, method, account_no)
            if now is None:
                now = await identity.require(connection, caller, method, account_no)
            yield Session(connection, now)

    def _moment_if_allowed(self, caller: Caller, method: str, account_no: str) -> datetime | None:
        """A first look may let in; before it refuses, the database is asked."""
        seen = self._first_looks.of(caller)
        if seen is None:
            return None
        known, now = seen
        return now if identity.allows(known, now, method, account_no) else None

    async def _check(self, caller: Caller, method: str, account_no: str) -> None:
        """For use cases that have transactions of their own."""
        self._first_looks.forget(caller)
        async with self._allowed_to_read(caller, method, account_no):
            pass
