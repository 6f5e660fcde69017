"""The part of the OpenAPI document about lists and exports, which have no caller."""

from typing import Any

from billing_client.http.api import exporting
from billing_client.http.api.exporting import Months
from billing_client.http.api.listing import LISTINGS, SCOPE
from billing_client.http.api.paging import PARAMETERS, page_of
from billing_client.services.export_files import MEDIA
from billing_client.services.exports import EXPORTS

Schema = dict[str, Any]
TAG = "office"


def office_paths(problem: Schema) -> dict[str, Schema]:
    """By path; ``problem`` is the default answer of all operations."""
    lists = {
        f"/office/{one.name}": {
            "get": {
                "operationId": f"list_{one.name}",
                "summary": one.summary,
                "description": f"Scope `{SCOPE}`.",
                "tags": [TAG],
                "parameters": [*_query(one.filter.model_json_schema()), *PARAMETERS],
                "responses": {
                    "200": _json(page_of(one.page.json_schema(ref_template=_ref()))),
                    "default": problem,
                },
            }
        }
        for one in LISTINGS
    }
    return lists | {exporting.PATH: {"get": _export(problem)}}


def office_schemas(ref: str) -> dict[str, Schema]:
    """The schemas of what is listed."""
    found: dict[str, Schema] = {}
    for one in LISTINGS:
        found |= one.page.json_schema(ref_template=ref).get("$defs", {})
    return found


def _ref() -> str:
    return "#/components/schemas/{model}"


def _export(problem: Schema) -> Schema:
    files = {media: {"schema": {"type": "string"}} for media in MEDIA.values()}
    return {
        "operationId": "export",
        "summary": "A file of all bills, payments, postings or use of some months",
        "description": f"Scope `{exporting.SCOPE}`. CSV is UTF-8 with BOM.",
        "tags": [TAG],
        "parameters": [
            _named("what", sorted(EXPORTS)),
            _named("form", sorted(MEDIA)),
            *_query(Months.model_json_schema()),
        ],
        "responses": {"200": {"description": "OK", "content": files}, "default": problem},
    }


def _named(name: str, values: list[str]) -> Schema:
    schema = {"type": "string", "enum": values}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query(schema: Schema) -> list[Schema]:
    found = schema.get("properties", {})
    return [{"name": name, "in": "query", "schema": one} for name, one in found.items()]


def _json(schema: Schema) -> Schema:
    schema["properties"]["items"].pop("$defs", None)
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}
