"""Acts as the payer of the demo city: presses the buttons of the sandbox's pages over HTTP.

Nothing here touches the books; what happens, happens through the provider's own pages.
"""

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.errors import NoContract, NoSuchOrder
from billing_client.pay.links import PaymentLinks
from billing_client.pay.providers import kind_of
from billing_client.pay.settings import PaymentSettings
from billing_client.services import payment_orders
from billing_client.store import settings as stored
from billing_client.store.tables import autopay_contract

TIMEOUT_SECONDS = 10


class PageRefused(RuntimeError):
    """The page did not open or did not take the button; the text says why."""


async def pay_order(
    engine: AsyncEngine, settings: PaymentSettings, order_no: str, *, fail: bool = False
) -> None:
    """Open the order's link and press 支付成功, or 支付失败(余额不足)."""
    async with engine.begin() as connection:
        if await payment_orders.find(connection, order_no) is None:
            raise NoSuchOrder
        # The local address: the demo's public one may not be reachable from here.
        links = PaymentLinks(settings.local_url, await stored.signing_key(connection))
    await _press(settings, links.page(order_no), "fail" if fail else "pay")


async def decide_contract(
    engine: AsyncEngine, settings: PaymentSettings, account_no: str, act: str
) -> None:
    """``sign``, ``end``, ``drain`` (deductions will fail) or ``fill`` the newest contract."""
    asked = (
        select(autopay_contract.c.sign_url)
        .where(autopay_contract.c.account_no == account_no)
        .order_by(autopay_contract.c.created_at.desc())
        .limit(1)
    )
    async with engine.connect() as connection:
        page = await connection.scalar(asked)
    if page is None:
        raise NoContract
    await _press(settings, page, act)


async def _press(settings: PaymentSettings, url: str, act: str) -> None:
    if all(kind_of(name).simulator is None for name in settings.providers):
        raise PageRefused("只有沙箱支付可以代为付款。")
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as browser:
        page = await browser.get(_local(settings, url))
        while page.has_redirect_location:
            page = await browser.get(_local(settings, page.headers["Location"]))
        if page.is_success:
            page = await browser.post(page.url, data={"act": act})
        if not page.is_success:
            raise PageRefused(page.text)


def _local(settings: PaymentSettings, url: str) -> str:
    """The same page by the local address."""
    return url.replace(settings.public_url, settings.local_url, 1)
