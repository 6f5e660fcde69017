"""The page behind a bill's QR code: what is still open, and a button that makes an order.

Whoever holds the bill may pay it. They see the period and the amount, and a masked name.
"""

import secrets
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.errors import BillingRefusal, NothingToPay, ProviderSilent
from billing_client.pay.links import PaymentLinks
from billing_client.services import accounts, bills
from billing_client.services.payments import PaymentService
from billing_client.store import clock, settings
from billing_client.store.tables import bill
from billing_client.views import BillView, Caller

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action *; "
    "base-uri 'none'",
    "Cache-Control": "no-store",
}
PAPER = "paper"  # the channel of who pays from a printed bill: nobody that is known
UNKNOWN = "没有这个页面，请重新扫描账单上的二维码。"
SILENT = "支付通道暂时没有回应，请稍后再扫一次。"


class BillPayPage:
    def __init__(self, engine: AsyncEngine, payments: PaymentService, public_url: str) -> None:
        self._engine = engine
        self._payments = payments
        self._public_url = public_url
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    def routes(self) -> list[web.RouteDef]:
        path = "/pay/bill/{bill_id:[0-9]{1,18}}/{signature}"
        return [web.get(path, self.show), web.post(path, self.pay)]

    async def show(self, request: web.Request) -> web.Response:
        one, owner = await self._bill(request)
        return self._html("bill_pay.html", bill=one, owner=owner)

    async def pay(self, request: web.Request) -> web.Response:
        """To the payer's page of an order over this bill; asking again gives the same one."""
        one, owner = await self._bill(request)
        try:
            order = await self._payments.create_payment_order(
                Caller(PAPER, str(one.bill_id)),
                one.account_no,
                idempotency_key=f"paper:{secrets.token_hex(16)}",
                bill_ids=(one.bill_id,),
            )
        except NothingToPay:
            return self._html("bill_pay.html", bill=one, owner=owner)
        except (ProviderSilent, BillingRefusal):
            return self._html("sorry.html", 503, reason=SILENT)
        raise web.HTTPSeeOther(order.pay_url)

    async def _bill(self, request: web.Request) -> tuple[BillView, str]:
        """The bill and its owner's masked name, else 404."""
        number = request.match_info["bill_id"]
        async with self._engine.begin() as connection:
            links = PaymentLinks(self._public_url, await settings.signing_key(connection))
            agrees = links.agrees("bill", number, request.match_info["signature"])
            account_no = await connection.scalar(
                select(bill.c.account_no).where(bill.c.bill_id == int(number))
            )
            if not agrees or account_no is None:
                raise web.HTTPNotFound(
                    text=self._render("sorry.html", reason=UNKNOWN), content_type="text/html"
                )
            today = (await clock.now(connection)).date()
            found = await bills.explain(connection, account_no, int(number), today)
            (who,) = await accounts.views_of(connection, (account_no,))
        return found.bill, who.owner_name

    def _html(self, template: str, status: int = 200, **values: object) -> web.Response:
        return web.Response(
            text=self._render(template, **values),
            status=status,
            content_type="text/html",
            headers=HEADERS,
        )

    def _render(self, template: str, **values: object) -> str:
        return self._templates.get_template(template).render(**values)
