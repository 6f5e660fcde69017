"""One question to a remote core and its answer, by the table of operations.

A write carries an Idempotency-Key of its own, so that it may be sent again when the line
breaks: the core does it once and repeats its answer.
"""

import asyncio
import secrets
from typing import Any
from urllib.parse import quote

import httpx
import structlog
from pydantic import ValidationError

from billing_client.remote.settings import RemoteSettings
from billing_client.views import Caller
from billing_client.wire import caller_header, refusals
from billing_client.wire.operation import JSON, PREFIX, SVG, Operation
from billing_client.wire.operations import OPERATIONS
from billing_client.wire.words import Request

SECONDS_A_TRY = 5.0
WAITS = (0.1, 0.4)  # before the second and the third try; a customer is waiting
AGAIN = frozenset({409, 429, 502, 503, 504})
PAGE_LENGTH = 200

log = structlog.get_logger(__name__)


class BillingUnreachable(RuntimeError):
    """The remote core did not answer, or not in our language: a fault, not a refusal."""


class _TryAgain(Exception):
    pass


class Transport:
    def __init__(self, settings: RemoteSettings, client: httpx.AsyncClient | None = None) -> None:
        self._client = client or httpx.AsyncClient(timeout=SECONDS_A_TRY, trust_env=False)
        self._base = settings.url.rstrip("/") + PREFIX
        self._key = settings.key

    async def close(self) -> None:
        await self._client.aclose()

    async def ask(self, name: str, caller: Caller | None = None, /, **values: Any) -> Any:
        """The answer, typed. Raises the refusal that the core raised, or BillingUnreachable."""
        operation = OPERATIONS[name]
        asked = operation.request.model_validate(values)
        headers = self._headers(operation, caller)
        if not operation.paged:
            return _read(operation, await self._send(operation, asked, headers))
        items: list[Any] = []
        after: str | None = None
        while True:
            page = await self._send(operation, asked, headers, after)
            held = page.json()
            items += operation.adapter.validate_python(held["items"])
            after = held["next"]
            if after is None:
                return tuple(items)

    def _headers(self, operation: Operation, caller: Caller | None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept-Language": "zh"}
        if caller is not None:
            headers[caller_header.HEADER] = caller_header.write(caller)
        if operation.writes:
            headers["Idempotency-Key"] = secrets.token_hex(16)
        return headers

    async def _send(
        self,
        operation: Operation,
        asked: Request,
        headers: dict[str, str],
        after: str | None = None,
    ) -> httpx.Response:
        request = self._request(operation, asked, headers, after)
        for wait in (*WAITS, None):
            try:
                return _checked(await self._client.send(request))
            except (httpx.TransportError, _TryAgain) as error:
                if wait is None:
                    log.warning("remote.unreachable", operation=operation.name, error=repr(error))
                    raise BillingUnreachable(operation.name) from error
                await asyncio.sleep(wait)
        raise AssertionError

    def _request(
        self, operation: Operation, asked: Request, headers: dict[str, str], after: str | None
    ) -> httpx.Request:
        values = asked.model_dump(mode="json", exclude_none=True)
        in_path = {name: quote(str(values.pop(name)), safe="") for name in operation.in_path}
        url = self._base + operation.path.format(**in_path)
        if operation.writes:
            return self._client.build_request(operation.verb, url, headers=headers, json=values)
        if operation.paged:
            values |= {"limit": PAGE_LENGTH} | ({} if after is None else {"after": after})
        return self._client.build_request(operation.verb, url, headers=headers, params=values)


def _checked(response: httpx.Response) -> httpx.Response:
    """The answer of a success; the refusal or fault of anything else."""
    if response.is_success:
        return response
    try:
        problem = response.json()
        code, facts = problem["code"], problem.get("facts", {})
    except (ValueError, KeyError, TypeError):
        code, facts = "", {}
    refusal = refusals.refusal_in(code, facts)
    if refusal is not None:
        raise refusal
    if response.status_code in AGAIN:
        raise _TryAgain(code or response.status_code)
    raise BillingUnreachable(f"{response.status_code} {code}")


def _read(operation: Operation, response: httpx.Response) -> Any:
    if response.status_code == httpx.codes.NO_CONTENT:
        return None
    if operation.media == SVG:
        return response.text
    if operation.media != JSON:
        return response.content
    try:
        return operation.adapter.validate_json(response.content)
    except ValidationError as error:
        raise BillingUnreachable(f"{operation.name}: an answer that is not ours") from error
