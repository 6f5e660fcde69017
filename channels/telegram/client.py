"""The few methods of the Bot API that are used, over aiohttp.

Why not python-telegram-bot: docs/decisions/0005. Facts: core.telegram.org/bots/api,
"Making requests" and ResponseParameters.
"""

import time
from collections.abc import Callable
from typing import Any

import aiohttp

SECONDS_PER_CALL = 15.0
LONGEST_PAUSE_SECONDS = 3600.0
TOO_MANY, FORBIDDEN, BAD_REQUEST = 429, 403, 400
UNAUTHORISED = (401, 404)  # a wrong token in the address is 404, a withdrawn one 401


class BotApiError(Exception):
    """An answer with ``ok: false``. ``description`` is Telegram's own."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(f"{status} {description}")
        self.status = status
        self.description = description


class TooManyRequests(BotApiError):
    def __init__(self, seconds: float) -> None:
        super().__init__(TOO_MANY, f"retry after {seconds:.0f} s")
        self.seconds = seconds


class BotApi:
    """``base_url`` is https://api.telegram.org or a Bot API server of one's own.

    A pause that Telegram asks for holds for all calls of the process.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        clock: Callable[[], float] = time.monotonic,
        seconds_per_call: float = SECONDS_PER_CALL,
    ) -> None:
        self._token, self._base_url, self._clock = token, base_url.rstrip("/"), clock
        self._resume_at = 0.0
        timeout = aiohttp.ClientTimeout(total=seconds_per_call)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        await self._session.close()

    async def call(self, method: str, **parameters: Any) -> Any:
        """The ``result``. Raises ``BotApiError``, ``aiohttp.ClientError``, ``TimeoutError``."""
        if (pause := self._resume_at - self._clock()) > 0:
            raise TooManyRequests(pause)
        given = {name: value for name, value in parameters.items() if value is not None}
        url = f"{self._base_url}/bot{self._token}/{method}"
        try:
            async with self._session.post(url, json=given) as response:
                return self._result(response.status, await _json_of(response))
        except aiohttp.ClientError as error:  # its message would name the address, so the token
            raise aiohttp.ClientError(type(error).__name__) from None

    async def download(self, file_id: str, most_bytes: int) -> bytes:
        """A file that a customer sent. Raises as ``call`` does; ``ValueError`` when too large."""
        path = str((await self.call("getFile", file_id=file_id)).get("file_path", ""))
        url = f"{self._base_url}/file/bot{self._token}/{path}"
        try:
            async with self._session.get(url) as response:
                if response.status != 200:
                    raise BotApiError(response.status, "no file")
                data = await response.content.read(most_bytes + 1)
                while len(data) <= most_bytes and (more := await response.content.read(65536)):
                    data += more
        except aiohttp.ClientError as error:
            raise aiohttp.ClientError(type(error).__name__) from None
        if len(data) > most_bytes:
            raise ValueError("file too large")
        return data

    def _result(self, status: int, answer: dict[str, Any]) -> Any:
        if answer.get("ok") is True:
            return answer.get("result")
        code = answer.get("error_code", status)
        if code == TOO_MANY:
            asked = (answer.get("parameters") or {}).get("retry_after", 1)
            seconds = min(LONGEST_PAUSE_SECONDS, max(1.0, float(asked)))
            self._resume_at = self._clock() + seconds
            raise TooManyRequests(seconds)
        raise BotApiError(int(code), str(answer.get("description", ""))[:200])


async def _json_of(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The answer, also behind a proxy that answers with a page of its own."""
    try:
        answer = await response.json(content_type=None)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error_code": response.status}
