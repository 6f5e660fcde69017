"""Answers of the API, and the net under every handler: whatever fails becomes a problem."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web
from pydantic import TypeAdapter
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from billing_client.errors import BillingRefusal
from billing_client.http.api import problems
from billing_client.http.api.problems import Problem, language_of
from billing_client.wire.operation import JSON, PDF, PNG

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Nothing of it belongs into a cache on the way: it is about one customer.
PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
OF_AIOHTTP = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
ANY = TypeAdapter(Any)


@web.middleware
async def problems_for_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        kept = {name: value for name, value in error.headers.items() if name == "Allow"}
        return tell(request, Problem(OF_AIOHTTP.get(error.status, "bad_request"), headers=kept))
    except Exception as error:
        return tell(request, problem_of(error))


def problem_of(error: Exception) -> Problem:
    """What the asker is told; a fault is logged with its traceback, and not told."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, BillingRefusal):
        return problems.of_refusal(error)
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeout)):
        log.warning("api.database_away", error=type(error).__name__)
        return Problem("unavailable", headers={"Retry-After": "2"})
    log.error("api.fault", exc_info=error)
    return Problem("fault")


def tell(request: web.Request, problem: Problem) -> web.Response:
    language = language_of(request.headers.get("Accept-Language"))
    return plain(
        problem.status,
        problems.MEDIA,
        problem.body(language),
        {"Content-Language": language, **problem.headers},
    )


def page(
    items: tuple[Any, ...], next_cursor: str | None, adapter: TypeAdapter[Any]
) -> web.Response:
    body = {"items": adapter.dump_python(items, mode="json"), "next": next_cursor}
    return plain(200, JSON, ANY.dump_json(body))


def plain(
    status: int, media: str, body: bytes, headers: Mapping[str, str] | None = None
) -> web.Response:
    if status == 204:
        return web.Response(status=204, headers={**PRIVATE, **(headers or {})})
    return web.Response(
        status=status,
        body=body,
        content_type=media,
        charset=None if media in (PNG, PDF) else "utf-8",
        headers={**PRIVATE, **(headers or {})},
    )
