"""The OpenAPI 3.1 document, made from the table of operations and its types.

OpenAPI 3.1 takes JSON Schema 2020-12 as it is, which is what pydantic writes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from billing_client.http.api import problems
from billing_client.http.api.office_openapi import office_paths, office_schemas
from billing_client.http.api.paging import PARAMETERS, page_of
from billing_client.wire import caller_header
from billing_client.wire.operation import JSON, Operation
from billing_client.wire.operations import OPERATIONS

Schema = dict[str, Any]
REF = "#/components/schemas/{model}"
VERSION = "1.0.0"
DESCRIPTION = """\
Money is integer fen, volumes integer litres unless a name says m3, periods are `2026-10`, \
days are in Asia/Shanghai, moments carry a zone. Errors are RFC 9457 problems in Chinese or \
English by Accept-Language. Each write needs an Idempotency-Key; the same key with the same \
request gets the same answer again. What a caller may see is decided by what that caller has \
proved, whatever the key: 403 `not_bound` or `not_fresh` say what is missing.
"""
CALLER = {
    "name": caller_header.HEADER,
    "in": "header",
    "required": True,
    "description": "For whom: form-encoded channel and user, and if known conversation, "
    "address, staff. The channel must be one of the key's.",
    "schema": {"type": "string", "maxLength": caller_header.LONGEST},
    "example": "channel=web&user=3f2a9c",
}
WRITE_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}
LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "Of problems: zh (the default) or en",
    "schema": {"type": "string"},
}
PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(problems.texts())},
        "facts": {"type": "object"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def document(prefix: str) -> Schema:
    """The whole document; ``prefix`` is where the API is mounted."""
    answers, schemas = _answers()
    schemas = {**schemas, **office_schemas(REF)}
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS.values():
        described = _operation(operation, answers[operation.name])
        paths.setdefault(operation.path, {})[operation.verb.lower()] = described
    paths |= office_paths(_problem())
    return {
        "openapi": "3.1.1",
        "info": {"title": "小水 billing core", "version": VERSION, "description": DESCRIPTION},
        "servers": [{"url": prefix}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": PROBLEM},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _answers() -> tuple[Mapping[str, Schema], Mapping[str, Schema]]:
    """The schema of each operation's answer, and those that they refer to."""
    adapters: list[tuple[str, Any, TypeAdapter[Any]]] = [
        (name, "serialization", operation.adapter) for name, operation in OPERATIONS.items()
    ]
    by_name, shared = TypeAdapter.json_schemas(adapters, ref_template=REF)
    return {str(name): schema for (name, _), schema in by_name.items()}, shared.get("$defs", {})


def _operation(operation: Operation, answer: Schema) -> Schema:
    described: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Scope `{operation.scope}`.",
        "tags": [operation.scope.split(":", maxsplit=1)[0]],
        "parameters": list(_parameters(operation)),
        "responses": {**_answered(operation, answer), "default": _problem()},
    }
    body = _body(operation)
    if body is not None:
        described["requestBody"] = body
    return described


def _parameters(operation: Operation) -> Iterator[Schema]:
    asked = _request_schema(operation)
    for name in operation.in_path:
        schema = asked["properties"][name]
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if operation.for_caller:
        yield CALLER
    if operation.writes:
        yield WRITE_KEY
    else:
        for name, schema in asked.get("properties", {}).items():
            if name not in operation.in_path:
                yield {"name": name, "in": "query", "schema": schema}
        if operation.paged:
            yield from PARAMETERS
    yield LANGUAGE


def _body(operation: Operation) -> Schema | None:
    if not operation.writes:
        return None
    asked = _request_schema(operation)
    for name in operation.in_path:
        del asked["properties"][name]
    if not asked.get("properties"):
        return None
    # The header stands in for it; the body may give one of its own.
    left_out = {*operation.in_path, "idempotency_key"}
    asked["required"] = [name for name in asked.get("required", ()) if name not in left_out]
    return {"required": bool(asked["required"]), "content": {JSON: {"schema": asked}}}


def _request_schema(operation: Operation) -> Schema:
    return operation.request.model_json_schema(ref_template=REF)


def _answered(operation: Operation, answer: Schema) -> Schema:
    if operation.answer is None:
        return {"204": {"description": "Done"}}
    schema: Schema = answer
    if operation.media != JSON:
        schema = {"type": "string"}
    elif operation.paged:
        schema = page_of(answer)
    return {"200": {"description": "OK", "content": {operation.media: {"schema": schema}}}}


def _problem() -> Schema:
    schema = {"$ref": REF.format(model="Problem")}
    return {"description": "A problem", "content": {problems.MEDIA: {"schema": schema}}}
