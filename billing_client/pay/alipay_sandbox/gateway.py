"""The simulated Alipay's gateway: one address, the method is a parameter.

Nothing unsigned comes in, and every answer is signed over its inner object.
"""

import json
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from billing_client.pay.alipay.signature import IN_REQUESTS, signed_text
from billing_client.pay.alipay_sandbox.answers import Refusal
from billing_client.pay.alipay_sandbox.keys import APP_ID, AlipaySandboxKeys
from billing_client.pay.alipay_sandbox.methods import BILL_PATH, METHODS, PAGES, Call
from billing_client.pay.alipay_sandbox.trade_bill import trade_bill
from billing_client.pay.rsa import SignatureRefused, sign, verify
from billing_client.pay.simulator.notifier import Notifier

SUCCESS = {"code": "10000", "msg": "Success"}
GATEWAY_PATH = "/gateway.do"


class Gateway:
    """``page_url`` is where payers open the simulator's pages."""

    def __init__(
        self, engine: AsyncEngine, notifier: Notifier, keys: AlipaySandboxKeys, page_url: str
    ) -> None:
        self._engine = engine
        self._notifier = notifier
        self._keys = keys
        self._page_url = page_url.rstrip("/")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(GATEWAY_PATH, self.call),
            web.get(GATEWAY_PATH, self.call),
            web.get(BILL_PATH, self.bill),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """A browser is led to a page, a merchant is answered."""
        asked = dict(parse_qsl(request.query_string, keep_blank_values=True))
        body = (await request.read()).decode(errors="replace")
        asked |= dict(parse_qsl(body, keep_blank_values=True))
        if not self._admitted(asked):
            return _answer(_unsigned("isv.invalid-signature", "无效签名"))
        own_url = str(request.url.origin()) + request.path.removesuffix(GATEWAY_PATH)
        try:
            return await self._carry_out(asked, own_url)
        except Refusal as refusal:
            return _answer(self._signed(asked["method"], refusal.content))
        except (KeyError, ValueError) as error:
            return _answer(_unsigned("isv.invalid-parameter", f"参数无效:{error}"))

    async def _carry_out(self, asked: dict[str, str], own_url: str) -> web.StreamResponse:
        method, notify_url = asked["method"], asked.get("notify_url", "")
        content: dict[str, Any] = json.loads(asked.get("biz_content") or "{}")
        async with self._engine.begin() as connection:
            call = Call(connection, content, notify_url, self._page_url, own_url)
            if method in PAGES:
                page = await PAGES[method](call)
                return web.Response(status=302, headers={"Location": page})
            if method not in METHODS:
                raise Refusal("isv.invalid-method", "不存在的方法名", "40002")
            done = await METHODS[method](call)
        self._notifier.wake()
        return _answer(self._signed(method, SUCCESS | done))

    def _admitted(self, asked: dict[str, str]) -> bool:
        if asked.get("app_id") != APP_ID:
            return False
        try:
            text = signed_text(asked, IN_REQUESTS)
            verify(self._keys.app.public_key(), asked.get("sign", ""), text)
        except SignatureRefused:
            return False
        return True

    async def bill(self, request: web.Request) -> web.Response:
        try:
            day = date.fromisoformat(request.query.get("day", ""))
            async with self._engine.connect() as connection:
                packed = await trade_bill(connection, day)
        except (Refusal, ValueError) as error:
            raise web.HTTPNotFound from error
        return web.Response(body=packed, content_type="application/zip")

    def _signed(self, method: str, content: dict[str, Any]) -> str:
        inner = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        signature = sign(self._keys.alipay, inner.encode())
        return f'{{"{method.replace(".", "_")}_response":{inner},"sign":"{signature}"}}'


def _unsigned(sub_code: str, sub_msg: str) -> str:
    content = {"code": "40002", "msg": "Invalid Arguments", "sub_code": sub_code}
    return json.dumps({"error_response": content | {"sub_msg": sub_msg}}, ensure_ascii=False)


def _answer(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")
