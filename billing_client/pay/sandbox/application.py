"""The sandbox as one aiohttp application, mounted by the gateway under ``/sandbox``."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.sandbox import gate
from billing_client.pay.sandbox.interface import MerchantInterface
from billing_client.pay.sandbox.keys import SandboxKeys
from billing_client.pay.sandbox.notifier import Notifier
from billing_client.pay.sandbox.pages import PayerPages

PREFIX = "/sandbox"
INTERFACE = "/wechat"  # merchants talk to {base}/sandbox/wechat/v3/…
LARGEST_BODY_BYTES = 64 * 1024


def sandbox_application(
    engine: AsyncEngine, keys: SandboxKeys, *, page_url: str, retry_scale: float
) -> web.Application:
    """``page_url`` is the address payers see, up to and with ``/sandbox``."""
    notifier = Notifier(engine, keys, retry_scale)
    interface = web.Application(
        middlewares=[gate.middleware(engine, keys)], client_max_size=LARGEST_BODY_BYTES
    )
    interface.add_routes(MerchantInterface(engine, notifier, page_url).routes())
    application = web.Application(client_max_size=LARGEST_BODY_BYTES)
    application.add_routes(PayerPages(engine, notifier).routes())
    application.add_subapp(INTERFACE, interface)

    async def send_notices(_: web.Application) -> AsyncIterator[None]:
        sender = asyncio.create_task(notifier.run())
        yield
        sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sender

    application.cleanup_ctx.append(send_notices)
    return application
