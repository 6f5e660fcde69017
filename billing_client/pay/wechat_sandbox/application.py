"""The simulated WeChat Pay as one aiohttp application, mounted by the gateway."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.simulator import gate_faults, pages
from billing_client.pay.simulator.notifier import Notifier
from billing_client.pay.wechat_sandbox import gate
from billing_client.pay.wechat_sandbox.interface import MerchantInterface
from billing_client.pay.wechat_sandbox.keys import SandboxKeys
from billing_client.pay.wechat_sandbox.pages import PayerPages
from billing_client.pay.wechat_sandbox.seals import WeChatSeals
from billing_client.pay.wechat_sandbox.trades import SIMULATOR

INTERFACE = "/wechat"  # merchants talk to {base}/sandbox/wechat/v3/…
LARGEST_BODY_BYTES = 64 * 1024


def sandbox_application(
    engine: AsyncEngine, keys: SandboxKeys, *, page_url: str, retry_scale: float
) -> web.Application:
    """``page_url`` is the address payers see, up to and with ``/sandbox``."""
    notifier = Notifier(engine, WeChatSeals(keys), retry_scale)
    interface = web.Application(
        middlewares=[gate_faults.middleware(engine, SIMULATOR), gate.middleware(engine, keys)],
        client_max_size=LARGEST_BODY_BYTES,
    )
    interface.add_routes(MerchantInterface(engine, notifier, keys, page_url).routes())
    application = web.Application(client_max_size=LARGEST_BODY_BYTES)
    application.add_routes(PayerPages(engine, notifier).routes())
    application.router.add_get("/page.css", pages.style)
    application.add_subapp(INTERFACE, interface)
    application.cleanup_ctx.append(notifier.while_serving)
    return application
