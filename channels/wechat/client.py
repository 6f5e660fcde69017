"""The few interfaces of api.weixin.qq.com that are used, over aiohttp.

wechatpy's own client blocks the event loop and recurses without end on a token that stays
refused. Codes: developers.weixin.qq.com, 全局返回码.
"""

import json
from typing import Any

import aiohttp

from channels.database import Pool
from channels.wechat.settings import WeChatSettings
from channels.wechat.tokens import Fetched, OwnToken, TokenKeeper, Tokens

SECONDS_PER_CALL = 10.0
STALE_TOKEN = frozenset({40001, 40014, 42001})
BUSY = -1
SECONDS_OF_A_TOKEN = 7200


class WeChatError(Exception):
    """An answer whose ``errcode`` is not 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


class WeChatApi:
    """Without a ``pool`` it keeps its token to itself."""

    def __init__(
        self,
        settings: WeChatSettings,
        pool: Pool | None,
        seconds_per_call: float = SECONDS_PER_CALL,
    ) -> None:
        self._settings = settings
        self._url = settings.api_url.rstrip("/")
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds_per_call))
        self.tokens: Tokens = (
            TokenKeeper(pool, f"wechat:{settings.app_id}", self.fetch_token)
            if pool
            else OwnToken(self.fetch_token)
        )

    async def close(self) -> None:
        await self._session.close()

    async def call(self, path: str, **body: Any) -> dict[str, Any]:
        """POST, with a token. Raises ``WeChatError``, ``aiohttp.ClientError``, ``TimeoutError``."""
        return await self._with_token(lambda token: self._post(path, body, token))

    async def download(self, media_id: str, most_bytes: int) -> bytes:
        """A temporary file. Raises as ``call``; ``ValueError`` when it is too large."""

        async def get(token: str) -> bytes:
            query = {"access_token": token, "media_id": media_id}
            async with self._session.get(f"{self._url}/cgi-bin/media/get", params=query) as answer:
                if answer.content_type in ("application/json", "text/plain"):
                    _checked(await answer.read(), answer.status)  # an error, with status 200
                    raise WeChatError(answer.status, "no file")
                return await _bounded(answer, most_bytes)

        return await self._with_token(get)

    async def fetch_token(self, anew: bool) -> Fetched:
        """Asks for the token itself; the keeper calls it."""
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret,
            "force_refresh": anew,
        }
        answer = await self._post("/cgi-bin/stable_token", body, None)
        return Fetched(
            str(answer["access_token"]), float(answer.get("expires_in", SECONDS_OF_A_TOKEN))
        )

    async def _with_token(self, ask: Any) -> Any:
        """Once more with a new token when the old one is refused; never a third time."""
        token = await self.tokens.token()
        try:
            return await _hiding_address(ask(token))
        except WeChatError as error:
            if error.code not in STALE_TOKEN:
                raise
        return await _hiding_address(ask(await self.tokens.renew(token)))

    async def _post(self, path: str, body: dict[str, Any], token: str | None) -> dict[str, Any]:
        # Raw UTF-8: escapes (\\u6c34) would be shown to the customer as they are.
        data = json.dumps(body, ensure_ascii=False).encode()
        query = {} if token is None else {"access_token": token}
        headers = {"Content-Type": "application/json"}
        async with self._session.post(
            self._url + path, params=query, data=data, headers=headers
        ) as answer:
            return _checked(await answer.read(), answer.status)


async def _hiding_address(asking: Any) -> Any:
    """Errors of aiohttp name the address, and the address holds the token."""
    try:
        return await asking
    except aiohttp.ClientError as error:
        raise aiohttp.ClientError(type(error).__name__) from None


def _checked(body: bytes, status: int) -> dict[str, Any]:
    """``errcode`` is a number, in some interfaces as text."""
    try:
        answer = json.loads(body)
        code = int(answer.get("errcode", 0))
    except (ValueError, AttributeError, TypeError):
        raise WeChatError(BUSY, f"HTTP {status}, no JSON") from None
    if code != 0:
        raise WeChatError(code, str(answer.get("errmsg", ""))[:200])
    return answer


async def _bounded(answer: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(65536):
        data += chunk
        if len(data) > most_bytes:
            raise ValueError("file too large")
    return bytes(data)
