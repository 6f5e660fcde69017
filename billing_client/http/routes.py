"""Mounts what billing shows over HTTP on the gateway: notices, payment pages, charts, sandbox."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.http.charts import ChartPage, DrawsUsage
from billing_client.http.notify import NotifyEndpoint
from billing_client.http.pay_pages import PayPages
from billing_client.pay.port import PaymentProvider
from billing_client.pay.sandbox.application import PREFIX, sandbox_application
from billing_client.pay.sandbox.keys import load_or_create
from billing_client.pay.settings import NOTIFY_PATH, SANDBOX, PaymentSettings
from billing_client.services.provider_notices import NoticeDesk


def setup(
    application: web.Application,
    *,
    engine: AsyncEngine,
    provider: PaymentProvider,
    settings: PaymentSettings,
    client: DrawsUsage,
) -> None:
    """Add the routes; with the sandbox provider, the sandbox too (it sends its own notices)."""
    pages = PayPages(engine, settings.public_url)
    notify = NotifyEndpoint(provider, NoticeDesk(engine, provider.name))
    application.add_routes(
        [
            web.post(NOTIFY_PATH, notify.take),
            web.get("/pay/scan.css", pages.style),
            web.get("/pay/qr/{order_no}.svg", pages.qr),
            web.get("/pay/{order_no}/{signature}", pages.page),
            web.get("/chart/{account_no}/{signature}.svg", ChartPage(client).usage),
            web.get("/chart/{account_no}/{signature}.png", ChartPage(client).picture),
        ]
    )
    if settings.provider == SANDBOX:
        application.add_subapp(
            PREFIX,
            sandbox_application(
                engine,
                load_or_create(settings.data_dir),
                page_url=settings.public_url + PREFIX,
                retry_scale=settings.sandbox_retry_scale,
            ),
        )
