"""微信支付 simulated by this system itself: the same client, other keys and another address."""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.kind import ProviderKind
from billing_client.pay.settings import PaymentSettings
from billing_client.pay.wechat.provider import WeChatPayProvider
from billing_client.pay.wechat_sandbox.application import sandbox_application
from billing_client.pay.wechat_sandbox.keys import load_or_create

NAME = "wechat_sandbox"
MOUNTED_AT = "/sandbox"
INTERFACE = f"{MOUNTED_AT}/wechat"  # merchants talk to {base}/sandbox/wechat/v3/…


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> WeChatPayProvider:
    return WeChatPayProvider(
        load_or_create(settings.data_dir).merchant_credentials(),
        name=NAME,
        notify_url=settings.local_notify_url(NAME),
        base_url=settings.local_url + INTERFACE,
        sandbox=True,
    )


def simulator(engine: AsyncEngine, settings: PaymentSettings) -> web.Application:
    return sandbox_application(
        engine,
        load_or_create(settings.data_dir),
        page_url=settings.public_url + MOUNTED_AT,
        retry_scale=settings.sandbox_retry_scale,
    )


KIND = ProviderKind(build, simulator=simulator, mounted_at=MOUNTED_AT)
