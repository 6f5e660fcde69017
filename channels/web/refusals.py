"""Why a client's request is not taken, in the protocol's words and in Chinese."""

from typing import Any

from aiohttp import web

from channels.texts import text


class Refusal(Exception):
    """``code`` names the sentence in ``texts.yml`` too."""

    def __init__(self, code: str, status: int = 400, retry_ms: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_ms = retry_ms

    def as_event(self, message_id: object = None) -> dict[str, Any]:
        event = {"t": "err", "id": message_id, "code": self.code, "message": text(self.code)}
        return event if self.retry_ms is None else {**event, "retry_ms": self.retry_ms}

    def as_response(self, message_id: object = None) -> web.Response:
        return web.json_response(self.as_event(message_id), status=self.status)


def rate_limited(seconds: float) -> Refusal:
    return Refusal("rate_limited", 429, retry_ms=int(seconds * 1000) + 1)
