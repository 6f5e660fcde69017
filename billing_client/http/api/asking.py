"""One operation of the table as a handler: let in, read, ask billing once, answer."""

import hashlib
from collections.abc import Awaitable, Callable

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.client import BillingClient
from billing_client.http.api import answering, paging, reading
from billing_client.http.api.gate import Gate, caller_of, require_scope
from billing_client.http.api.problems import Problem
from billing_client.services import api_answers
from billing_client.services.api_answers import Kept
from billing_client.wire import caller_header
from billing_client.wire.operation import JSON, Operation

REPLAYED = "Idempotency-Replayed"
Answer = Callable[[], Awaitable[web.Response]]


class Asking:
    def __init__(self, engine: AsyncEngine, client: BillingClient, gate: Gate) -> None:
        self._engine = engine
        self._client = client
        self._gate = gate

    def handler(self, operation: Operation) -> answering.Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            key = await self._gate.key(request)
            require_scope(key, operation.scope)
            arguments = [caller_of(request, key)] if operation.for_caller else []
            body = await reading.body_of(request)
            write_key = reading.idempotency_key(request) if operation.writes else None
            values = reading.values_of(operation, request, body, write_key)
            page = paging.wanted(request.query) if operation.paged else None

            async def answer() -> web.Response:
                found = await getattr(self._client, operation.name)(*arguments, **values)
                return _answered(operation, found, page)

            if write_key is None:
                return await answer()
            print_of = _fingerprint(request, body)
            return await self._once(request, (key.key_id, write_key), print_of, answer)

        return handle

    async def _once(
        self, request: web.Request, name: tuple[str, str], fingerprint: bytes, answer: Answer
    ) -> web.Response:
        """Run ``answer`` for the first request with this key, and repeat its outcome after."""
        kept = await self._claim(name, fingerprint)
        if kept is not None:
            return answering.plain(kept.status, kept.media, kept.body, {REPLAYED: "true"})
        try:
            response, decided = await answer(), True
        except Exception as error:
            problem = answering.problem_of(error)
            response, decided = answering.tell(request, problem), problem.decided
        async with self._engine.begin() as connection:
            if decided:
                await api_answers.keep(connection, *name, _to_keep(response))
            else:
                await api_answers.release(connection, *name)
        return response

    async def _claim(self, name: tuple[str, str], fingerprint: bytes) -> Kept | None:
        try:
            async with self._engine.begin() as connection:
                return await api_answers.claim(connection, *name, fingerprint)
        except api_answers.OtherRequest:
            raise Problem("idempotency_key_used") from None
        except api_answers.StillRunning:
            raise Problem("in_progress", headers={"Retry-After": "1"}) from None


def _answered(operation: Operation, found: object, page: paging.Wanted | None) -> web.Response:
    if page is not None and operation.paged:
        assert isinstance(found, tuple)
        shown, after = paging.slice_of(found, operation.paged, page)
        return answering.page(tuple(shown), after, operation.adapter)
    if operation.media != JSON:
        if found is None:
            return answering.plain(204, operation.media, b"")
        body = found.encode() if isinstance(found, str) else found
        assert isinstance(body, bytes)
        return answering.plain(200, operation.media, body)
    if operation.answer is None:
        return answering.plain(204, JSON, b"")
    return answering.plain(200, JSON, operation.adapter.dump_json(found))


def _to_keep(response: web.Response) -> Kept:
    body = response.body if isinstance(response.body, bytes) else b""
    return Kept(response.status, response.content_type, body)


def _fingerprint(request: web.Request, body: bytes) -> bytes:
    """Of all that decides the answer."""
    header = request.headers.get(caller_header.HEADER, "")
    whole = b"\0".join((request.method.encode(), request.path.encode(), header.encode(), body))
    return hashlib.sha256(whole).digest()
