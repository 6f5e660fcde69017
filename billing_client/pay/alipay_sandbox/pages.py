"""What the payer sees: the simulated Alipay's own pages to pay and to sign."""

from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.alipay_sandbox import agreements, trades
from billing_client.pay.alipay_sandbox.store import agreement, trade
from billing_client.pay.simulator.notifier import Notifier
from billing_client.pay.simulator.pages import ContractState, PageMaker, PayState

BRAND = "alipay"
NOT_ENOUGH = "ACQ.BUYER_BALANCE_NOT_ENOUGH"
PAY_STATES = {trades.PAID: PayState.PAID, trades.CLOSED: PayState.CLOSED}
CONTRACT_STATES = {
    agreements.WAITING: ContractState.WAITING,
    agreements.SIGNED: ContractState.SIGNED,
    agreements.ENDED: ContractState.ENDED,
}


class PayerPages:
    """Pages and buttons. Whoever holds the token is the payer."""

    def __init__(self, engine: AsyncEngine, notifier: Notifier) -> None:
        self._engine = engine
        self._notifier = notifier
        self._pages = PageMaker(BRAND)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/pay/{token}", self.pay_page),
            web.post("/pay/{token}", self.pay),
            web.get("/contract/{token}", self.contract_page),
            web.post("/contract/{token}", self.decide_contract),
        ]

    async def pay_page(self, request: web.Request) -> web.Response:
        """Opening it is what scanning the code does: the trade begins."""
        row = await self._trade(request)
        async with self._engine.begin() as connection:
            await trades.scan(connection, row.token)
        return self._pay_page(await self._trade(request))

    async def pay(self, request: web.Request) -> web.Response:
        """A payer without balance may try again: Alipay tells the merchant of no failure."""
        row = await self._trade(request)
        act = (await request.post()).get("act")
        if act not in ("pay", "fail", "cancel"):
            raise web.HTTPBadRequest(text="不认识的操作")
        if act == "pay":
            async with self._engine.begin() as connection:
                await trades.pay(connection, row.token)
            self._notifier.wake()
        failed, cancelled = act == "fail", act == "cancel"
        return self._pay_page(await self._trade(request), failed=failed, cancelled=cancelled)

    def _pay_page(
        self, row: Row[Any], *, failed: bool = False, cancelled: bool = False
    ) -> web.Response:
        state = PAY_STATES.get(row.trade_status, PayState.WAITING)
        if failed and state is PayState.WAITING:
            state = PayState.FAILED_FOR_NOW
        return self._pages.pay(row.subject, row.total_fen, row.out_trade_no, state, cancelled)

    async def contract_page(self, request: web.Request) -> web.Response:
        return self._contract_page(await self._agreement(request))

    async def decide_contract(self, request: web.Request) -> web.Response:
        row = await self._agreement(request)
        act = (await request.post()).get("act")
        async with self._engine.begin() as connection:
            if act == "sign":
                await agreements.sign(connection, row.token)
            elif act == "end":
                await agreements.end(connection, row.token)
            elif act in ("drain", "fill"):
                code = NOT_ENOUGH if act == "drain" else None
                await agreements.set_failure(connection, row.token, code)
            elif act != "cancel":
                raise web.HTTPBadRequest(text="不认识的操作")
        self._notifier.wake()
        return self._contract_page(await self._agreement(request), cancelled=act == "cancel")

    def _contract_page(self, row: Row[Any], *, cancelled: bool = False) -> web.Response:
        return self._pages.contract(
            row.display_account,
            row.external_agreement_no,
            CONTRACT_STATES[row.status],
            drained=row.fails_with is not None,
            cancelled=cancelled,
        )

    async def _trade(self, request: web.Request) -> Row[Any]:
        return await self._row(select(trade).where(trade.c.token == request.match_info["token"]))

    async def _agreement(self, request: web.Request) -> Row[Any]:
        token = request.match_info["token"]
        return await self._row(select(agreement).where(agreement.c.token == token))

    async def _row(self, asked: Any) -> Row[Any]:
        async with self._engine.connect() as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            raise self._pages.unknown()
        return row
