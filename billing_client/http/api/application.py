"""Puts the API together: ``/api/v1`` as an application that the gateway mounts."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.client import BillingClient
from billing_client.http.api import answering, problems
from billing_client.http.api.asking import Asking
from billing_client.http.api.exporting import PATH as EXPORT_PATH
from billing_client.http.api.exporting import Exporting
from billing_client.http.api.gate import Gate
from billing_client.http.api.listing import LISTINGS, Listings
from billing_client.http.api.openapi import document
from billing_client.http.api.problems import Problem
from billing_client.wire.operation import JSON, PREFIX
from billing_client.wire.operations import OPERATIONS


def api_application(engine: AsyncEngine, client: BillingClient) -> web.Application:
    """All operations, the OpenAPI document, and what each problem means."""
    gate = Gate(engine)
    asking = Asking(engine, client, gate)
    application = web.Application(middlewares=[answering.problems_for_errors])
    described = answering.ANY.dump_json(document(PREFIX))

    async def openapi(_: web.Request) -> web.Response:
        return answering.plain(200, JSON, described, {"Cache-Control": "public, max-age=300"})

    application.router.add_get("/openapi.json", openapi)
    application.router.add_get("/problems/{code}", explain_problem)
    application.add_routes(_routes(asking))
    application.router.add_get(EXPORT_PATH, Exporting(engine, gate).handle)
    lists = Listings(engine, gate)
    for listing in LISTINGS:
        application.router.add_get(f"/office/{listing.name}", lists.handler(listing))
    return application


def _routes(asking: Asking) -> Sequence[web.RouteDef]:
    return [
        web.route(operation.verb, operation.path, asking.handler(operation))
        for operation in OPERATIONS.values()
    ]


async def explain_problem(request: web.Request) -> web.Response:
    """The ``type`` of a problem leads here: its texts in both languages."""
    text = problems.texts().get(request.match_info["code"])
    if text is None:
        raise Problem("not_found")
    return answering.plain(200, JSON, answering.ANY.dump_json(text))
