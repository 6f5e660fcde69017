"""The sandbox's interface for merchants: the v3 paths that our client uses."""

import json
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.sandbox import contracts, trades
from billing_client.pay.sandbox.answers import Refusal
from billing_client.pay.sandbox.gate import json_answer
from billing_client.pay.sandbox.notifier import Notifier
from billing_client.pay.sandbox.store import contract

CONTRACT_PATH = "/v3/papay/sign/contracts/plan-id/{plan}/out-contract-code/{code}"


async def _content(request: web.Request) -> dict[str, Any]:
    try:
        content = json.loads(await request.read())
    except ValueError as error:
        raise Refusal(400, "PARAM_ERROR", "请求不是JSON") from error
    if not isinstance(content, dict):
        raise Refusal(400, "PARAM_ERROR", "请求不是JSON对象")
    return content


class MerchantInterface:
    """One method a path. ``page_url`` is where payers open the sandbox's pages."""

    def __init__(self, engine: AsyncEngine, notifier: Notifier, page_url: str) -> None:
        self._engine = engine
        self._notifier = notifier
        self._page_url = page_url.rstrip("/")

    def routes(self) -> list[web.RouteDef]:
        orders = "/v3/pay/transactions/out-trade-no/{order_no}"
        return [
            web.post("/v3/pay/transactions/native", self.native),
            web.get(orders, self.query),
            web.post(orders + "/close", self.close),
            web.post("/v3/papay/entrust-sign/contracts/pre-entrust-sign", self.presign),
            web.get(CONTRACT_PATH, self.show_contract),
            web.post(CONTRACT_PATH + "/terminate", self.terminate),
            web.post("/v3/papay/pay/transactions/apply", self.deduct),
            web.get("/v3/papay/pay/transactions/out-trade-no/{order_no}", self.query),
        ]

    async def native(self, request: web.Request) -> web.Response:
        async with self._engine.begin() as connection:
            row = await trades.create(connection, "native", await _content(request))
        return json_answer({"code_url": f"{self._page_url}/pay/{row.token}"})

    async def query(self, request: web.Request) -> web.Response:
        async with self._engine.connect() as connection:
            row = await trades.find(connection, request.match_info["order_no"])
        return json_answer(trades.shown(row))

    async def close(self, request: web.Request) -> web.Response:
        async with self._engine.begin() as connection:
            await trades.close(connection, request.match_info["order_no"])
        return web.Response(status=204)

    async def presign(self, request: web.Request) -> web.Response:
        async with self._engine.begin() as connection:
            token = await contracts.presign(connection, await _content(request))
        return json_answer({"redirect_url": f"{self._page_url}/contract/{token}"})

    async def show_contract(self, request: web.Request) -> web.Response:
        async with self._engine.connect() as connection:
            row = await contracts.find(connection, request.match_info["code"])
        return json_answer(contracts.shown(row))

    async def terminate(self, request: web.Request) -> web.Response:
        code = request.match_info["code"]
        async with self._engine.begin() as connection:
            if not await contracts.end(connection, contract.c.out_contract_code == code):
                raise Refusal(400, "CONTRACT_NOT_EXIST", "签约协议不存在或已解约")
        self._notifier.wake()
        return web.Response(status=204)

    async def deduct(self, request: web.Request) -> web.Response:
        content = await _content(request)
        async with self._engine.begin() as connection:
            await contracts.deduct(connection, content)
        self._notifier.wake()
        names = ("appid", "mchid", "out_trade_no")
        return json_answer({name: content.get(name) for name in names})
