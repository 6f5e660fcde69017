"""What a payer opens from a conversation: the page of an order, its QR code, another way to pay."""

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.errors import BillingRefusal
from billing_client.pay.capabilities import Scene
from billing_client.pay.links import PaymentLinks
from billing_client.pay.port import OutcomeUnknown, PaymentProvider, PaysInWeChat
from billing_client.pay.providers import Providers
from billing_client.services import payment_orders
from billing_client.services.payments import PaymentService
from billing_client.store import clock, settings

TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'"
)
GONE = "这个缴费链接已失效，请回到对话重新发起缴费。"
UNKNOWN = "没有这个页面，请回到对话中重新打开链接。"
NOT_NOW = "暂时换不了付款方式，没有扣款。请回到对话重新发起缴费。"
NAMES = {"wechat": "微信", "alipay": "支付宝"}
PHONES = ("Mobile", "Android", "iPhone")
INSIDE_WECHAT = "MicroMessenger"


class PayPages:
    """Each address carries a signature that ``PaymentLinks`` made."""

    def __init__(
        self, engine: AsyncEngine, providers: Providers, payments: PaymentService, public_url: str
    ) -> None:
        self._engine = engine
        self._providers = providers
        self._payments = payments
        self._public_url = public_url
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/pay/scan.css", self.style),
            web.get("/pay/in_wechat.js", self.script),
            web.get("/pay/qr/{order_no}.svg", self.qr),
            web.get("/pay/{order_no}/{signature}", self.page),
            web.post("/pay/{order_no}/{signature}", self.change),
        ]

    async def _order(
        self, purpose: str, order_no: str, signature: str
    ) -> tuple[Row[Any], PaymentLinks]:
        """A payable order, else 404 or 410."""
        async with self._engine.begin() as connection:
            links = PaymentLinks(self._public_url, await settings.signing_key(connection))
            if not links.agrees(purpose, order_no, signature):
                raise web.HTTPNotFound(**self._sorry(UNKNOWN))
            order = await payment_orders.find(connection, order_no)
            now = await clock.now(connection)
        if order is None or not order.code_url or not _payable(order.state, order.expires_at, now):
            raise web.HTTPGone(**self._sorry(GONE))
        return order, links

    async def page(self, request: web.Request) -> web.Response:
        """To the provider's page where the order is one for it; else the code to scan."""
        found = request.match_info
        order, links = await self._order("page", found["order_no"], found["signature"])
        try:
            provider = self._providers.of(order.provider)
        except OutcomeUnknown as error:
            raise web.HTTPGone(**self._sorry(GONE)) from error
        if order.scene == Scene.IN_WECHAT:
            return self._in_wechat(order, provider)
        if order.scene == Scene.PHONE_PAGE or provider.can.sandbox:
            raise web.HTTPFound(order.code_url)
        return web.Response(
            **self._html(
                "scan.html",
                picture=links.qr(order.order_no),
                name=NAMES.get(provider.method, ""),
                choices=self._choices(order, request.headers.get("User-Agent", "")),
            )
        )

    def _in_wechat(self, order: Row[Any], provider: PaymentProvider) -> web.Response:
        if not isinstance(provider, PaysInWeChat):
            raise web.HTTPGone(**self._sorry(GONE))
        parameters = json.dumps(provider.bridge_parameters(order.code_url))
        amount = f"{order.amount_fen // 100}.{order.amount_fen % 100:02d}"
        return web.Response(**self._html("in_wechat.html", parameters=parameters, amount=amount))

    def _choices(self, order: Row[Any], browser: str) -> list[tuple[str, str, str]]:
        """(title, method, scene) of what else can be done from here."""
        on_phone = any(word in browser for word in PHONES) and INSIDE_WECHAT not in browser
        scenes = (Scene.QR, Scene.PHONE_PAGE) if on_phone else (Scene.QR,)
        return [
            (_title(provider.method, scene), provider.method, scene)
            for scene in scenes
            for provider in self._providers.payable(scene)
            if (provider.name, scene) != (order.provider, order.scene)
        ]

    async def change(self, request: web.Request) -> web.Response:
        """Another provider or scene: the order gives way to a new one, whose page is shown."""
        found = request.match_info
        order, links = await self._order("page", found["order_no"], found["signature"])
        asked = await request.post()
        try:
            scene = Scene(str(asked.get("scene")))
            changed = await self._payments.change_way(
                order.order_no, str(asked.get("method")), scene, request.remote
            )
        except (BillingRefusal, ValueError) as error:
            raise web.HTTPConflict(**self._sorry(NOT_NOW)) from error
        raise web.HTTPSeeOther(links.page(changed.order_no))

    async def qr(self, request: web.Request) -> web.Response:
        """The code as SVG."""
        order_no = request.match_info["order_no"]
        order, _ = await self._order("qr", order_no, request.query.get("signature", ""))
        picture = io.BytesIO()
        code = segno.make(order.code_url, error="m")
        code.save(picture, kind="svg", scale=8, border=4, light="#fff")
        return web.Response(
            body=picture.getvalue(),
            content_type="image/svg+xml",
            headers={"Cache-Control": "no-store"},
        )

    def _sorry(self, reason: str) -> dict[str, Any]:
        return self._html("sorry.html", reason=reason)

    def _html(self, template: str, **values: object) -> dict[str, Any]:
        return {
            "text": self._templates.get_template(template).render(**values),
            "content_type": "text/html",
            "headers": {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
        }

    async def style(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(TEMPLATES / "scan.css")

    async def script(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(TEMPLATES / "in_wechat.js")


def _title(method: str, scene: Scene) -> str:
    name = NAMES.get(method, method)
    return f"用本机的{name}付款" if scene is Scene.PHONE_PAGE else f"用{name}扫码付款"


def _payable(state: str, expires_at: datetime, now: datetime) -> bool:
    """A paid order's page still opens: it shows that it is paid."""
    return state == "PAID" or (state in payment_orders.OPEN_STATES and expires_at > now)
