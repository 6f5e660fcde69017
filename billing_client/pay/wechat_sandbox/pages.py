"""What the payer sees: the simulated WeChat Pay's own pages to pay and to sign."""

from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.simulator.notifier import Notifier
from billing_client.pay.simulator.pages import ContractState, PageMaker, PayState
from billing_client.pay.wechat_sandbox import contracts, trades
from billing_client.pay.wechat_sandbox.store import contract, trade

BRAND = "wechat"
PAY_STATES = {
    "NOTPAY": PayState.WAITING,
    "SUCCESS": PayState.PAID,
    "REFUND": PayState.PAID,
    "PAYERROR": PayState.FAILED,
    "CLOSED": PayState.CLOSED,
}
CONTRACT_STATES = {
    "PENDING": ContractState.WAITING,
    "SIGNED": ContractState.SIGNED,
    "TERMINATED": ContractState.ENDED,
}
NOT_ENOUGH = "NOTENOUGH"  # 余额不足, chapter3_4_3


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
        return self._pay_page(await self._trade(request))

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
        return self._pay_page(await self._trade(request), cancelled=act == "cancel")

    async def contract_page(self, request: web.Request) -> web.Response:
        return self._contract_page(await self._contract(request))

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
        return self._contract_page(await self._contract(request), cancelled=cancelled)

    async def _trade(self, request: web.Request) -> Row[Any]:
        return await self._row(select(trade).where(trade.c.token == request.match_info["token"]))

    async def _contract(self, request: web.Request) -> Row[Any]:
        token = request.match_info["token"]
        return await self._row(select(contract).where(contract.c.token == token))

    async def _row(self, asked: Any) -> Row[Any]:
        async with self._engine.connect() as connection:
            row = (await connection.execute(asked)).one_or_none()
        if row is None:
            raise self._pages.unknown()
        return row

    def _pay_page(self, row: Row[Any], *, cancelled: bool = False) -> web.Response:
        state = PAY_STATES[row.trade_state]
        return self._pages.pay(row.description, row.amount_fen, row.out_trade_no, state, cancelled)

    def _contract_page(self, row: Row[Any], *, cancelled: bool = False) -> web.Response:
        return self._pages.contract(
            row.display_account,
            row.out_contract_code,
            CONTRACT_STATES[row.contract_state],
            drained=row.fails_with is not None,
            cancelled=cancelled,
        )
