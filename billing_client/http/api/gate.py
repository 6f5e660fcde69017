"""Who asks: the key, how fast, what it is good for, and for whom it speaks."""

import math

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.http.api.problems import Problem
from billing_client.http.rate import Buckets, Rate
from billing_client.services import api_keys
from billing_client.services.api_keys import ApiKey
from billing_client.views import Caller
from billing_client.wire import caller_header

BEARER = "Bearer "
DESK = "desk"
SECONDS_A_MINUTE = 60
AT_ONCE_OF_A_MINUTE = 6  # a burst may be a sixth of a minute's requests, so ten seconds' worth


class Gate:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._buckets = Buckets(Rate(1, 1))

    async def key(self, request: web.Request) -> ApiKey:
        """The living key of the request, when it is not too fast. Raises Problem."""
        header = request.headers.get("Authorization", "")
        if not header.startswith(BEARER):
            raise _unauthorised()
        async with self._engine.begin() as connection:
            key = await api_keys.find(connection, header.removeprefix(BEARER).strip())
        if key is None:
            raise _unauthorised()
        self._slow_down(key)
        return key

    def _slow_down(self, key: ApiKey) -> None:
        per_minute = key.requests_per_minute
        rate = Rate(max(1, per_minute / AT_ONCE_OF_A_MINUTE), per_minute / SECONDS_A_MINUTE)
        wait = self._buckets.wait_for(key.key_id, rate)
        if wait:
            seconds = math.ceil(wait)
            raise Problem(
                "too_many_requests", {"seconds": seconds}, headers={"Retry-After": str(seconds)}
            )


def require_scope(key: ApiKey, scope: str) -> None:
    if scope not in key.scopes:
        raise Problem("scope_missing", {"scope": scope})


def caller_of(request: web.Request, key: ApiKey) -> Caller:
    """For whom the key speaks; only for users of its channels, for staff only with ``desk``."""
    try:
        caller = caller_header.read(request.headers.get(caller_header.HEADER))
    except caller_header.BadCaller:
        raise Problem("bad_caller") from None
    if key.channels is not None and caller.channel not in key.channels:
        raise Problem("channel_not_allowed", {"channel": caller.channel})
    if caller.staff is not None:
        require_scope(key, DESK)
    return caller


def _unauthorised() -> Problem:
    return Problem("unauthorised", headers={"WWW-Authenticate": "Bearer"})
