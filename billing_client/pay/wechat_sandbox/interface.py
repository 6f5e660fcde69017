"""The simulated WeChat Pay's interface for merchants: the v3 paths that our client uses."""

import gzip
import hashlib
import json
from datetime import date
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import serialization
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.simulator.notifier import Notifier
from billing_client.pay.wechat.signature import encrypt
from billing_client.pay.wechat_sandbox import contracts, refunds, trades
from billing_client.pay.wechat_sandbox.answers import Refusal
from billing_client.pay.wechat_sandbox.gate import UNSIGNED, json_answer
from billing_client.pay.wechat_sandbox.keys import SandboxKeys
from billing_client.pay.wechat_sandbox.store import contract
from billing_client.pay.wechat_sandbox.trade_bill import trade_bill

CONTRACT_PATH = "/v3/papay/sign/contracts/plan-id/{plan}/out-contract-code/{code}"
REFUNDS = "/v3/refund/domestic/refunds"


async def _content(request: web.Request) -> dict[str, Any]:
    try:
        content = json.loads(await request.read())
    except ValueError as error:
        raise Refusal(400, "PARAM_ERROR", "请求不是JSON") from error
    if not isinstance(content, dict):
        raise Refusal(400, "PARAM_ERROR", "请求不是JSON对象")
    return content


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(400, "PARAM_ERROR", "bill_date 格式应为 yyyy-MM-dd") from error


class MerchantInterface:
    """One method a path. ``page_url`` is where payers open the simulator's pages."""

    def __init__(
        self, engine: AsyncEngine, notifier: Notifier, keys: SandboxKeys, page_url: str
    ) -> None:
        self._engine = engine
        self._notifier = notifier
        self._keys = keys
        self._page_url = page_url.rstrip("/")

    def routes(self) -> list[web.RouteDef]:
        orders = "/v3/pay/transactions/out-trade-no/{order_no}"
        return [
            web.get("/v3/certificates", self.certificates),
            web.post("/v3/pay/transactions/{kind:native|jsapi|h5}", self.order),
            web.get("/v3/pay/transactions/id/{transaction_id}", self.query_by_transaction),
            web.get(orders, self.query),
            web.post(orders + "/close", self.close),
            web.post(REFUNDS, self.refund),
            web.get(REFUNDS + "/{refund_no}", self.query_refund),
            web.get("/v3/bill/tradebill", self.bill),
            web.get("/v3/billdownload/file", self.download),
            web.post("/v3/papay/entrust-sign/contracts/pre-entrust-sign", self.presign),
            web.get(CONTRACT_PATH, self.show_contract),
            web.post(CONTRACT_PATH + "/terminate", self.terminate),
            web.post("/v3/papay/pay/transactions/apply", self.deduct),
            web.get("/v3/papay/pay/transactions/out-trade-no/{order_no}", self.query),
        ]

    async def certificates(self, request: web.Request) -> web.Response:
        """The platform certificate, sealed with the APIv3 key (certificate mode)."""
        mine = self._keys.platform_certificate
        pem = mine.public_bytes(serialization.Encoding.PEM)
        described = {
            "serial_no": self._keys.platform_serial,
            "effective_time": trades.wechat_time(mine.not_valid_before_utc),
            "expire_time": trades.wechat_time(mine.not_valid_after_utc),
            "encrypt_certificate": encrypt(self._keys.apiv3_key, pem, "certificate"),
        }
        return json_answer({"data": [described]})

    async def order(self, request: web.Request) -> web.Response:
        kind, content = request.match_info["kind"], await _content(request)
        if kind == "jsapi" and not (content.get("payer") or {}).get("openid"):
            raise Refusal(400, "PARAM_ERROR", "缺少参数 payer.openid")
        if kind == "h5" and not (content.get("scene_info") or {}).get("payer_client_ip"):
            raise Refusal(400, "PARAM_ERROR", "缺少参数 scene_info.payer_client_ip")
        async with self._engine.begin() as connection:
            row = await trades.create(connection, kind, content)
        page = f"{self._page_url}/pay/{row.token}"
        answers = {
            "native": {"code_url": page},
            "h5": {"h5_url": page},
            "jsapi": {"prepay_id": f"wx{row.token}"},
        }
        return json_answer(answers[kind])

    async def query(self, request: web.Request) -> web.Response:
        async with self._engine.connect() as connection:
            row = await trades.find(connection, request.match_info["order_no"])
        return json_answer(trades.shown(row))

    async def query_by_transaction(self, request: web.Request) -> web.Response:
        async with self._engine.connect() as connection:
            row = await trades.find_transaction(connection, request.match_info["transaction_id"])
        return json_answer(trades.shown(row))

    async def close(self, request: web.Request) -> web.Response:
        async with self._engine.begin() as connection:
            await trades.close(connection, request.match_info["order_no"])
        self._notifier.wake()
        return web.Response(status=204)

    async def refund(self, request: web.Request) -> web.Response:
        content = await _content(request)
        async with self._engine.begin() as connection:
            answer = await refunds.create(connection, content)
        self._notifier.wake()
        return json_answer(answer)

    async def query_refund(self, request: web.Request) -> web.Response:
        async with self._engine.connect() as connection:
            return json_answer(await refunds.find(connection, request.match_info["refund_no"]))

    async def bill(self, request: web.Request) -> web.Response:
        """Where to fetch the day's bill; the hash is of the unpacked file."""
        day = _day(request.query.get("bill_date", ""))
        async with self._engine.connect() as connection:
            content = await trade_bill(connection, day)
        packed = "&tartype=gzip" if request.query.get("tar_type") == "GZIP" else ""
        base = str(request.url.origin()) + request.path.removesuffix("/v3/bill/tradebill")
        return json_answer(
            {
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
                "download_url": f"{base}/v3/billdownload/file?token={day}{packed}",
            }
        )

    async def download(self, request: web.Request) -> web.Response:
        async with self._engine.connect() as connection:
            content = await trade_bill(connection, _day(request.query.get("token", "")))
        if request.query.get("tartype") == "gzip":
            content = gzip.compress(content)
        answer = web.Response(body=content, content_type="text/plain")
        answer[UNSIGNED] = True  # as the real one: chapter5_1_19
        return answer

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
