"""`xiaoshui gateway`: the gateway process, with billing's pages and the desk mounted."""

import os
from typing import TYPE_CHECKING

from aiohttp import web

from bot import logs
from bot.settings import PROJECT, Settings

if TYPE_CHECKING:
    from billing_client.client import BillingClient
    from billing_client.core import CoreBillingClient

FLOWS = PROJECT / "nlu_data" / "flows"


def run(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    from channels import gateway
    from channels.connections import connections
    from channels.forwarded import proxies_from
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
            proxies=proxies_from(os.environ),
            doors=[one.make for one in connections(os.environ) if one.make is not None],
            mounts=[lambda application: _mount(application, settings)],
        )
    )


def _mount(application: web.Application, settings: Settings) -> None:
    """What stands on billing; it has connections of its own."""
    from billing_client import connecting

    assert settings.database_url is not None
    if connecting.is_remote():  # its pages and API are served where it is
        client = _remote(application, settings.database_url)
    else:
        client = _mount_billing(application, settings, settings.database_url)
    _mount_desk(application, client, settings)


def _remote(application: web.Application, database_url: str) -> "BillingClient":
    from billing_client import connecting

    client = connecting.connect(database_url)

    async def close(_: web.Application) -> None:
        await client.close()

    application.on_cleanup.append(close)
    return client


def _mount_desk(application: web.Application, client: "BillingClient", settings: Settings) -> None:
    from billing_client.back_office import BackOffice
    from billing_client.core import CoreBillingClient
    from bot.flows.loader import load_folder
    from channels.desk.routes import desk_application
    from channels.desk.rules import rules_from
    from channels.gateway import LISTENER, POOL

    office = BackOffice(client.engine) if isinstance(client, CoreBillingClient) else None
    desk = desk_application(
        application[POOL],
        application[LISTENER],
        client,
        public_url=settings.public_url,
        production=settings.environment == "production",
        flow_titles={name: flow.title for name, flow in load_folder(FLOWS).items()},
        rules=rules_from(os.environ),
        office=office,
    )
    application.add_subapp("/desk", desk)


def _mount_billing(
    application: web.Application, settings: Settings, database_url: str
) -> "CoreBillingClient":
    """The API, payment pages, providers' notices and charts."""
    from billing_client.core import connect
    from billing_client.http import routes
    from billing_client.http.api.application import api_application
    from billing_client.pay.providers import providers_from
    from billing_client.pay.settings import settings_from
    from billing_client.wire.operation import PREFIX
    from bot.code_sending import code_sender

    payment = settings_from()
    providers = providers_from(payment)
    client = connect(database_url, payment_settings=payment, code_sender=code_sender(settings))

    async def close(_: web.Application) -> None:
        await providers.aclose()
        await client.close()

    application.on_cleanup.append(close)
    routes.setup(
        application, engine=client.engine, providers=providers, settings=payment, client=client
    )
    application.add_subapp(PREFIX, api_application(client.engine, client))
    return client
