"""Mounts what billing shows over HTTP: notices, payment pages, charts, papers, simulators."""

from typing import Protocol

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.http.bill_pay import BillPayPage
from billing_client.http.charts import ChartPage, DrawsUsage
from billing_client.http.notify import NotifyEndpoint
from billing_client.http.papers import GivesPapers, PaperPage
from billing_client.http.pay_pages import PayPages
from billing_client.pay.providers import Providers, kind_of, refuse_sandbox_in_production
from billing_client.pay.settings import NOTIFY_PREFIX, PaymentSettings
from billing_client.services.payments import PaymentService
from billing_client.services.provider_notices import NoticeDesk


class ShowsPapers(DrawsUsage, GivesPapers, Protocol):
    """What the pages ask of billing."""


def setup(
    application: web.Application,
    *,
    engine: AsyncEngine,
    providers: Providers,
    settings: PaymentSettings,
    client: ShowsPapers,
) -> None:
    """Add the routes; with simulated providers, the simulators too (they send own notices)."""
    payments = PaymentService(engine, providers, settings)
    application.add_routes(PayPages(engine, providers, payments, settings.public_url).routes())
    application.add_routes(
        [
            web.get("/chart/{account_no}/{signature}.svg", ChartPage(client).usage),
            web.get("/chart/{account_no}/{signature}.png", ChartPage(client).picture),
        ]
    )
    application.add_routes(PaperPage(client).routes())
    application.add_routes(BillPayPage(engine, payments, settings.public_url).routes())
    for provider in (each for each in providers if each.can.query):
        endpoint = NotifyEndpoint(provider, NoticeDesk(engine, provider.name))
        application.router.add_post(f"{NOTIFY_PREFIX}/{provider.name}", endpoint.take)
    _mount_simulators(application, engine, settings)


def _mount_simulators(
    application: web.Application, engine: AsyncEngine, settings: PaymentSettings
) -> None:
    refuse_sandbox_in_production(settings)
    for name in settings.providers:
        kind = kind_of(name)
        if kind.simulator is not None:
            application.add_subapp(kind.mounted_at, kind.simulator(engine, settings))
