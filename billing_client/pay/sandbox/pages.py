"""What the payer sees: the sandbox's own pages to pay and to sign."""

from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.sandbox import contracts, trades
from billing_client.pay.sandbox.notifier import Notifier
from billing_client.pay.sandbox.store import contract, trade

FOLDER = Path(__file__).parent / "templates"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
NOT_ENOUGH = "NOTENOUGH"  # 余额不足, chapter3_4_3
UNKNOWN = "没有这个页面，请回到对话中重新打开链接。"


class PayerPages:
    """Pages and buttons. Whoever holds the token is the payer."""

    def __init__(self, engine: AsyncEngine, notifier: Notifier) -> None:
        self._engine = engine
        self._notifier = notifier
        self._templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/page.css", self.style),
            web.get("/pay/{token}", self.pay_page),
            web.post("/pay/{token}", self.pay),
            web.get("/contract/{token}", self.contract_page),
            web.post("/contract/{token}", self.decide_contract),
        ]

    async def style(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(FOLDER / "page.css")

    async def pay_page(self, request: web.Request) -> web.Response:
        return self._page("pay.html", await self._trade(request))

    async def pay(self, request: web.Request) -> web.Response:
        row = await self._trade(request)
        act = (await request.post()).get("act")
        if act not in ("pay", "fail", "cancel"):
            raise web.HTTPBadRequest(text="不认识的操作")
        if act != "cancel":
            failure = NOT_ENOUGH if act == "fail" else None
            async with self._engine.begin() as connection:
                await trades.settle(connection, row.token, failure)
            self._notifier.wake()
        return self._page("pay.html", await self._trade(request), cancelled=act == "cancel")

    async def contract_page(self, request: web.Request) -> web.Response:
        return self._page("contract.html", await self._contract(request))

    async def decide_contract(self, request: web.Request) -> web.Response:
        row = await self._contract(request)
        act = (await request.post()).get("act")
        async with self._engine.begin() as connection:
            if act == "sign":
                await contracts.sign(connection, row.token)
            elif act == "end":
                await contracts.end(connection, contract.c.token == row.token)
            elif act in ("drain", "fill"):
                code = NOT_ENOUGH if act == "drain" else None
                await contracts.set_failure(connection, row.token, code)
            elif act != "cancel":
                raise web.HTTPBadRequest(text="不认识的操作")
        self._notifier.wake()
        cancelled = act == "cancel"
        return self._page("contract.html", await self._contract(request), cancelled=cancelled)

    async def _trade(self, request: web.Request) -> Row[Any]:
        return await self._row(select(trade).where(trade.c.token == request.match_info["token"]))

    async def _contract(self, request: web.Request) -> Row[Any]:
        token = request.match_info["token"]
        return await self._row(select(contract).where(contract.c.token == token))

    async def _row(self, asked: Any) -> Row[Any]:
        async with self._engine.connect() as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            raise web.HTTPNotFound(**self._html("sorry.html", reason=UNKNOWN))
        return row

    def _page(self, template: str, row: Row[Any], *, cancelled: bool = False) -> web.Response:
        return web.Response(**self._html(template, row=row, cancelled=cancelled))

    def _html(self, template: str, **values: object) -> dict[str, Any]:
        return {
            "text": self._templates.get_template(template).render(**values),
            "content_type": "text/html",
            "headers": {
                "Content-Security-Policy": POLICY,
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
            },
        }
