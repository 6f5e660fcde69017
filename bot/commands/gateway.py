"""`xiaoshui gateway`: the gateway process, with billing's pages mounted."""

from aiohttp import web

from bot import logs
from bot.settings import Settings


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    from channels import gateway
    from channels.gateway import GatewayConfig

    logs.configure("gateway", settings.log_level)
    assert settings.database_url is not None, "a gateway is given the database's address"
    gateway.run(
        GatewayConfig(
            settings.database_url,
            settings.host,
            settings.port,
            settings.public_url,
            settings.environment == "production",
            settings.data_dir,
            framed_by=settings.framed_by,
            mounts=[lambda application: _mount_billing(application, settings.database_url or "")],
        )
    )


def _mount_billing(application: web.Application, database_url: str) -> None:
    """Payment pages, providers' notices and charts; they have connections of their own."""
    from billing_client.core import connect
    from billing_client.http import routes
    from billing_client.pay.providers import provider_from
    from billing_client.pay.settings import settings_from

    payment = settings_from()
    provider = provider_from(payment)
    client = connect(database_url, payment_settings=payment)

    async def close(_: web.Application) -> None:
        await provider.aclose()
        await client.close()

    application.on_cleanup.append(close)
    routes.setup(
        application, engine=client.engine, provider=provider, settings=payment, client=client
    )
