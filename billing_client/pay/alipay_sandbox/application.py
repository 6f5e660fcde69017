"""The simulated Alipay as one aiohttp application, mounted by the gateway."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.alipay_sandbox.gateway import Gateway
from billing_client.pay.alipay_sandbox.keys import AlipaySandboxKeys
from billing_client.pay.alipay_sandbox.pages import PayerPages
from billing_client.pay.alipay_sandbox.seals import AlipaySeals
from billing_client.pay.alipay_sandbox.trades import SIMULATOR
from billing_client.pay.simulator import gate_faults, pages
from billing_client.pay.simulator.notifier import Notifier

INTERFACE = "/open"  # merchants call {mount}/open/gateway.do
LARGEST_BODY_BYTES = 64 * 1024


def sandbox_application(
    engine: AsyncEngine, keys: AlipaySandboxKeys, *, page_url: str, retry_scale: float
) -> web.Application:
    """``page_url`` is the address payers see, up to and with the mount."""
    notifier = Notifier(engine, AlipaySeals(keys), retry_scale)
    interface = web.Application(
        middlewares=[gate_faults.middleware(engine, SIMULATOR)],
        client_max_size=LARGEST_BODY_BYTES,
    )
    interface.add_routes(Gateway(engine, notifier, keys, page_url).routes())
    application = web.Application(client_max_size=LARGEST_BODY_BYTES)
    application.add_routes(PayerPages(engine, notifier).routes())
    application.router.add_get("/page.css", pages.style)
    application.add_subapp(INTERFACE, interface)
    application.cleanup_ctx.append(notifier.while_serving)
    return application
