"""From a raw HTTP request to the values an operation is asked with. Raises Problem, 4xx."""

import re
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from billing_client.http.api.problems import Problem
from billing_client.wire.operation import JSON, Operation

LARGEST_BODY_BYTES = 64 * 1024
CHUNK_BYTES = 16 * 1024
MOST_ERRORS = 20
LONGEST_MESSAGE = 200
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,64}")
LIMIT, AFTER = "limit", "after"

Model = TypeVar("Model", bound=BaseModel)


async def body_of(request: web.Request) -> bytes:
    """The whole body, never more of it in memory than is allowed."""
    whole = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        whole += chunk
        if len(whole) > LARGEST_BODY_BYTES:
            raise Problem("too_large", {"largest_bytes": LARGEST_BODY_BYTES})
    return bytes(whole)


def idempotency_key(request: web.Request) -> str:
    key = request.headers.get("Idempotency-Key", "").strip('"')
    if IDEMPOTENCY_KEY.fullmatch(key) is None:
        raise Problem("no_idempotency_key")
    return key


def values_of(
    operation: Operation, request: web.Request, body: bytes, write_key: str | None
) -> dict[str, Any]:
    """Arguments for the method: path, with query or body, checked."""
    given = _json(request, body) if operation.writes else _query(request)
    if not operation.writes and operation.paged:
        given = {name: text for name, text in given.items() if name not in (LIMIT, AFTER)}
    if write_key and "idempotency_key" in operation.request.model_fields:
        given = {"idempotency_key": write_key} | given
    asked = checked(operation.request, {**given, **request.match_info})
    return {name: getattr(asked, name) for name in type(asked).model_fields}


def checked(model: type[Model], given: dict[str, Any]) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Problem("invalid", errors=_errors(error)) from None


def _query(request: web.Request) -> dict[str, Any]:
    values: dict[str, Any] = dict(request.query)
    if len(values) != len(request.query):
        raise Problem("bad_request")  # a name that is said twice
    return values


def _json(request: web.Request, body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if request.content_type != JSON:
        raise Problem("not_json")
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Problem("bad_json") from None
    if not isinstance(value, dict):
        raise Problem("bad_json")
    return value


def _errors(error: ValidationError) -> list[dict[str, str]]:
    return [
        {
            "field": ".".join(str(part) for part in one["loc"])[:LONGEST_MESSAGE],
            "code": one["type"],
            "message": one["msg"][:LONGEST_MESSAGE],
        }
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ][:MOST_ERRORS]
