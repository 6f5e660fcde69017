"""The access token of the account: one for all processes, fetched by one of them.

``stable_token`` gives the same token again while it is valid, so that a second system
with the same account does not invalidate ours (developers.weixin.qq.com, 获取稳定版接口调用凭据).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from channels.database import Pool

EARLY_SECONDS = 300  # fetched anew before it ends, as calls with it are still under way

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('channels.vendor_token:' || %s, 0))"
FIND = """
SELECT token, expires_at > now() + make_interval(secs => %s) FROM channels.vendor_token
 WHERE name = %s
"""
STORE = """
INSERT INTO channels.vendor_token (name, token, expires_at)
VALUES (%(name)s, %(token)s, now() + make_interval(secs => %(seconds)s))
ON CONFLICT (name) DO UPDATE
   SET token = excluded.token, expires_at = excluded.expires_at, fetched_at = now()
"""


@dataclass(frozen=True)
class Fetched:
    token: str
    seconds: float  # until it ends


Fetch = Callable[[bool], Awaitable[Fetched]]  # True: a new one, the old one does not work


class Tokens(Protocol):
    async def token(self) -> str: ...

    async def renew(self, failed: str) -> str: ...


class OwnToken:
    """For a command that makes a few calls without a database."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._token: str | None = None

    async def token(self) -> str:
        if self._token is None:
            self._token = (await self._fetch(False)).token
        return self._token

    async def renew(self, failed: str) -> str:
        self._token = (await self._fetch(True)).token
        return self._token


class TokenKeeper:
    """``fetch`` asks the provider, under a lock that holds across processes."""

    def __init__(self, pool: Pool, name: str, fetch: Fetch) -> None:
        self._pool, self._name, self._fetch = pool, name, fetch

    async def token(self) -> str:
        """A token that is still good for some minutes."""
        async with self._pool.connection() as connection:
            row = await (await connection.execute(FIND, (EARLY_SECONDS, self._name))).fetchone()
        if row is not None and row[1]:
            return str(row[0])
        return await self._renew(failed=None)

    async def renew(self, failed: str) -> str:
        """Another token than the one that failed; if somebody fetched one meanwhile, that."""
        return await self._renew(failed)

    async def _renew(self, failed: str | None) -> str:
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(LOCK, (self._name,))
            row = await (await connection.execute(FIND, (EARLY_SECONDS, self._name))).fetchone()
            if row is not None and row[1] and row[0] != failed:
                return str(row[0])
            fetched = await self._fetch(failed is not None)
            parameters = {
                "name": self._name,
                "token": fetched.token,
                "seconds": fetched.seconds,
            }
            await connection.execute(STORE, parameters)
            return fetched.token
