"""支付宝 simulated by this system itself: the same client, other keys and another address."""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.alipay.provider import AlipayProvider
from billing_client.pay.alipay_sandbox.application import INTERFACE, sandbox_application
from billing_client.pay.alipay_sandbox.keys import load_or_create
from billing_client.pay.kind import ProviderKind
from billing_client.pay.settings import PaymentSettings

NAME = "alipay_sandbox"
MOUNTED_AT = "/sandbox/alipay"


def build(settings: PaymentSettings, environment: Mapping[str, str]) -> AlipayProvider:
    """Pages are opened by payers, so the address is the public one for them alone."""
    return AlipayProvider(
        load_or_create(settings.data_dir).merchant_credentials(),
        name=NAME,
        notify_url=settings.local_notify_url(NAME),
        base_url=f"{settings.local_url}{MOUNTED_AT}{INTERFACE}/gateway.do",
        page_url=f"{settings.public_url}{MOUNTED_AT}{INTERFACE}/gateway.do",
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
