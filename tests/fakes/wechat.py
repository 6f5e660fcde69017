"""api.weixin.qq.com and WeChat's own pushes, by hand: it checks what WeChat checks.

Facts: developers.weixin.qq.com (stable_token, 客服消息, 模板消息, 自定义菜单, 全局返回码). Sealing
is written here once more, from the protocol and not from our code.
"""

import asyncio
import base64
import hashlib
import json
import re
import secrets
import struct
import time
from collections import Counter
from itertools import count
from typing import Any
from xml.etree import ElementTree

from aiohttp import ClientSession, ClientTimeout, web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

APP_ID, SECRET, TOKEN = "wx1234567890abcdef", "s" * 32, "watertoken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
GATEWAY_SECONDS = 5.0
ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-f]{4}")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML cannot carry them
FAULT = "该公众号提供的服务出现故障，请稍后再试"


class FakeWeChat:
    """``seen`` is what each follower sees, ``trouble`` the errcodes of the next calls."""

    def __init__(self, *, customer_service: bool = True) -> None:
        self.seen: dict[str, list[str]] = {}
        self.customer_service = customer_service
        self.token: str | None = None
        self.token_calls = 0
        self.sends: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.templates: list[dict[str, Any]] = []
        self.media: dict[str, bytes] = {}
        self.menu: dict[str, Any] | None = None
        self.trouble: list[int | web.Response] = []
        self.seconds_per_call = 0.0
        self._numbers = count(24_012_345_678_901_234)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/cgi-bin/stable_token", self._stable_token)
        application.router.add_post("/cgi-bin/message/custom/send", self._custom_send)
        application.router.add_post("/cgi-bin/message/template/send", self._template_send)
        application.router.add_get("/cgi-bin/media/get", self._media_get)
        application.router.add_post("/cgi-bin/menu/create", self._menu_create)
        application.router.add_post("/cgi-bin/menu/get", self._menu_get)
        return application

    def expire_token(self) -> None:
        self.token = None

    async def _stable_token(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.token_calls += 1
        if asked.get("grant_type") != "client_credential":
            return _error(40002, "invalid grant_type")
        if asked.get("appid") != APP_ID:
            return _error(40013, "invalid appid")
        if asked.get("secret") != SECRET:
            return _error(40125, "invalid appsecret")
        if self.token is None or asked.get("force_refresh"):
            self.token = secrets.token_urlsafe(100)
        return web.json_response({"access_token": self.token, "expires_in": 7200})

    async def _refused(self, request: web.Request) -> web.Response | None:
        await asyncio.sleep(self.seconds_per_call)
        if self.trouble:
            trouble = self.trouble.pop(0)
            return _error(trouble, "as told") if isinstance(trouble, int) else trouble
        if "access_token" not in request.query:
            return _error(41001, "access_token missing")
        if request.query["access_token"] != self.token:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        return None

    async def _custom_send(self, request: web.Request) -> web.Response:
        if refused := await self._refused(request):
            return refused
        body = await request.read()
        if ESCAPED.search(body):
            return _error(47001, "escaped text would be shown as it is")
        asked = json.loads(body)
        if not self.customer_service:
            return _error(48001, "api unauthorized")
        openid, content = asked["touser"], asked["text"]["content"]
        if asked["msgtype"] != "text" or not content:
            return _error(40008, "invalid message type")
        if len(content.encode()) > 2048:
            return _error(45002, "content size out of limit")
        if openid not in self.left:
            return _error(45015, "response out of time limit or subscription is canceled")
        if self.left[openid] == 0:
            return _error(45047, "out of response count limit")
        self.left[openid] -= 1
        self.sends[openid] += 1
        self.seen.setdefault(openid, []).append(content)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _template_send(self, request: web.Request) -> web.Response:
        if refused := await self._refused(request):
            return refused
        asked = json.loads(await request.read())
        if asked.get("template_id") != "bill-template":
            return _error(40037, "invalid template_id")
        for value in asked["data"].values():
            if "\n" in value["value"] or len(value["value"]) > 20:
                return _error(47003, "argument invalid")
        self.templates.append(asked)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": 200_163_836})

    async def _media_get(self, request: web.Request) -> web.Response:
        if refused := await self._refused(request):
            return refused
        data = self.media.get(request.query.get("media_id", ""))
        if data is None:
            return _error(40007, "invalid media_id")
        return web.Response(body=data, content_type="image/jpeg")

    async def _menu_create(self, request: web.Request) -> web.Response:
        if refused := await self._refused(request):
            return refused
        menu = json.loads(await request.read())
        for top in menu["button"]:
            if len(top["name"].encode()) > 16:
                return _error(40018, "invalid button name size")
            for one in top.get("sub_button", []):
                if len(one["name"].encode()) > 60 or len(one.get("key", "").encode()) > 128:
                    return _error(40023, "invalid sub button size")
        self.menu = menu
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _menu_get(self, request: web.Request) -> web.Response:
        if refused := await self._refused(request):
            return refused
        return web.json_response({"menu": self.menu}) if self.menu else _error(46003, "no menu")

    # what customers do, and what WeChat makes of it

    def text(self, openid: str, content: str, **more: object) -> str:
        return self.xml(openid, MsgType="text", Content=content, MsgId=next(self._numbers), **more)

    def event(self, openid: str, name: str, **more: object) -> str:
        return self.xml(openid, MsgType="event", Event=name, **more)

    def xml(self, openid: str, **fields: object) -> str:
        heads = {"ToUserName": "gh_water", "FromUserName": openid, "CreateTime": int(time.time())}
        inner = "".join(_element(name, value) for name, value in {**heads, **fields}.items())
        return f"<xml>{inner}</xml>"

    async def push(
        self,
        url: str,
        xml: str,
        *,
        key: str | None = None,
        tries: int = 3,
        seconds: float = GATEWAY_SECONDS,
    ) -> str | None:
        """Call the account's server as WeChat does; what the customer then sees of it.

        Five seconds, three deliveries; anything but 'success', nothing or an answer that can
        be read is shown as a fault.
        """
        openid = _find(xml, "FromUserName")
        self._allow(openid, xml)
        async with ClientSession(timeout=ClientTimeout(total=seconds)) as session:
            for _ in range(tries):
                query, body = sealed(xml, key)
                try:
                    async with session.post(url, params=query, data=body.encode()) as answer:
                        said = self._shown(await answer.text(), answer.status, query, key)
                except TimeoutError:
                    continue
                if said:
                    self.seen.setdefault(openid, []).append(said)
                return said or None
        self.seen.setdefault(openid, []).append(FAULT)
        return FAULT

    def _allow(self, openid: str, xml: str) -> None:
        event = "<MsgType><![CDATA[event]]>" in xml
        self.left[openid] = max(self.left[openid], 3) if event else 5

    def _shown(self, body: str, status: int, query: dict[str, str], key: str | None) -> str:
        if status != 200:
            return FAULT
        if body in ("", "success"):
            return ""
        try:
            root = ElementTree.fromstring(body)
            if key is not None:
                root = ElementTree.fromstring(opened(root, key))
            if root.findtext("MsgType") != "text" or not root.findtext("CreateTime", "").isdigit():
                return FAULT
            content = root.findtext("Content") or ""
        except (ElementTree.ParseError, AssertionError):
            return FAULT
        return content if 0 < len(content.encode()) <= 2048 else FAULT


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((TOKEN, *parts))).encode()).hexdigest()


def sealed(
    xml: str, key: str | None, app_id: str = APP_ID, at: int | None = None
) -> tuple[dict[str, str], str]:
    """Query and body of a push, in plain or in safe mode."""
    timestamp, nonce = str(at or int(time.time())), secrets.token_hex(5)
    query = {"signature": signature(timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    if key is None:
        return query, xml
    encrypted = encrypt(xml.encode(), key, app_id)
    query |= {"encrypt_type": "aes", "msg_signature": signature(timestamp, nonce, encrypted)}
    return query, f"<xml><ToUserName>gh_water</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"


def encrypt(message: bytes, key: str, app_id: str, random: bytes = b"") -> str:
    aes = base64.b64decode(key + "=")
    plain = (random or secrets.token_bytes(16)) + struct.pack(">I", len(message)) + message
    plain += app_id.encode()
    pad = 32 - len(plain) % 32
    encryptor = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad)).decode()


def decrypt(encrypted: str, key: str) -> bytes:
    aes = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).decryptor()
    plain = decryptor.update(base64.b64decode(encrypted, validate=True))
    pad = plain[-1]
    assert 1 <= pad <= 32 and plain.endswith(bytes([pad]) * pad)
    size = int.from_bytes(plain[16:20], "big")
    assert plain[20 + size : -pad] == APP_ID.encode()
    return plain[20 : 20 + size]


def opened(root: ElementTree.Element, key: str) -> bytes:
    encrypted, nonce = root.findtext("Encrypt", ""), root.findtext("Nonce", "")
    expected = signature(root.findtext("TimeStamp", ""), nonce, encrypted)
    assert root.findtext("MsgSignature") == expected
    return decrypt(encrypted, key)


def _element(name: str, value: object) -> str:
    return f"<{name}>{value if isinstance(value, int) else _cdata(value)}</{name}>"


def _cdata(value: object) -> str:
    carried = FORBIDDEN.sub("", str(value)).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{carried}]]>"


def _find(xml: str, name: str) -> str:
    found = re.search(rf"<{name}>(?:<!\[CDATA\[)?([^<\]]+)", xml)
    assert found
    return found[1]


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": message})
