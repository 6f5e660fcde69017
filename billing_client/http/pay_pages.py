"""What a payer opens from a conversation: the page of an order, and its QR code."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.links import PaymentLinks
from billing_client.services import payment_orders
from billing_client.store import clock, settings

TEMPLATES = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"
GONE = "这个缴费链接已失效，请回到对话重新发起缴费。"
UNKNOWN = "没有这个页面，请回到对话中重新打开链接。"


class PayPages:
    """Each address carries a signature that ``PaymentLinks`` made."""

    def __init__(self, engine: AsyncEngine, public_url: str) -> None:
        self._engine = engine
        self._public_url = public_url
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    async def _code_url(self, purpose: str, order_no: str, signature: str) -> tuple[str, str]:
        """(content of the QR code, address of its picture) of a payable order, else 404 or 410."""
        async with self._engine.begin() as connection:
            links = PaymentLinks(self._public_url, await settings.signing_key(connection))
            if not links.agrees(purpose, order_no, signature):
                raise web.HTTPNotFound(**self._sorry(UNKNOWN))
            order = await payment_orders.find(connection, order_no)
            now = await clock.now(connection)
        if order is None or not order.code_url or not _payable(order.state, order.expires_at, now):
            raise web.HTTPGone(**self._sorry(GONE))
        return order.code_url, links.qr(order_no)

    async def page(self, request: web.Request) -> web.Response:
        """To the payer's page where the code is one; else the QR code to scan."""
        order_no = request.match_info["order_no"]
        code_url, picture = await self._code_url("page", order_no, request.match_info["signature"])
        if code_url.startswith(("http://", "https://")):
            raise web.HTTPFound(code_url)
        return web.Response(**self._html("scan.html", picture=picture))

    async def qr(self, request: web.Request) -> web.Response:
        """The code as SVG."""
        order_no = request.match_info["order_no"]
        code_url, _ = await self._code_url("qr", order_no, request.query.get("signature", ""))
        picture = io.BytesIO()
        segno.make(code_url, error="m").save(picture, kind="svg", scale=8, border=4, light="#fff")
        return web.Response(
            body=picture.getvalue(),
            content_type="image/svg+xml",
            headers={"Cache-Control": "no-store"},
        )

    def _sorry(self, reason: str) -> dict[str, Any]:
        return self._html("sorry.html", reason=reason)

    def _html(self, template: str, **values: str) -> dict[str, Any]:
        return {
            "text": self._templates.get_template(template).render(**values),
            "content_type": "text/html",
            "headers": {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
        }

    async def style(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(TEMPLATES / "scan.css")


def _payable(state: str, expires_at: datetime, now: datetime) -> bool:
    """A paid order's page still opens: it shows that it is paid."""
    return state == "PAID" or (state in payment_orders.OPEN_STATES and expires_at > now)
