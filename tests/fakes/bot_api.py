"""Telegram's Bot API by hand: it checks what Telegram checks and keeps what it took.

Facts: core.telegram.org/bots/api (setWebhook, sendMessage, InlineKeyboardButton,
ResponseParameters). Descriptions of errors are those of the real server.
"""

import json
import re
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

TOKEN = "123456:AAExampleTokenExampleTokenExample00"
PORTS = {None, 443, 80, 88, 8443}
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
ACTIONS = {"url", "callback_data", "web_app", "login_url", "switch_inline_query"}


class Refused(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.answer = {"ok": False, "error_code": code, "description": description}
        if parameters:
            self.answer["parameters"] = parameters


class FakeBotApi:
    """``messages`` is what customers see, by chat. ``trouble`` is raised by the next calls."""

    def __init__(self) -> None:
        self.messages: dict[int, list[dict[str, Any]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.started: set[int] = set()
        self.blocked: set[int] = set()
        self.open_presses: set[str] = set()
        self.trouble: list[Refused | web.StreamResponse] = []
        self.files: dict[str, bytes] = {}
        self.webhook: dict[str, Any] = {"url": ""}
        self._ids, self._updates = count(100), count(9_000_001)

    def application(self) -> web.Application:
        application = web.Application(client_max_size=10 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self._method)
        application.router.add_get("/file/bot{token}/{path:.*}", self._file)
        return application

    # what customers do

    def update(self, **content: Any) -> dict[str, Any]:
        return {"update_id": next(self._updates), **content}

    def message(self, chat: int, **content: Any) -> dict[str, Any]:
        self.started.add(chat)
        person = {"id": chat, "is_bot": False, "first_name": "王", "language_code": "zh-hans"}
        return {
            "message_id": next(self._ids),
            "from": person,
            "chat": {"id": chat, "first_name": "王", "type": "private"},
            "date": 1_764_000_000,
            **content,
        }

    def press(self, chat: int, title: str) -> dict[str, Any]:
        """The update of a press on the newest button of that title."""
        for message in reversed(self.messages[chat]):
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for button in row:
                    if button["text"] == title and "callback_data" in button:
                        return self.press_of(chat, message, button["callback_data"])
        raise AssertionError(f"no button {title}")

    def press_of(self, chat: int, message: dict[str, Any], data: str) -> dict[str, Any]:
        press_id = str(next(self._ids))
        self.open_presses.add(press_id)
        person = {"id": chat, "is_bot": False, "first_name": "王"}
        press = {"id": press_id, "from": person, "message": message, "data": data}
        return self.update(callback_query={**press, "chat_instance": "1"})

    def photo(self, chat: int, data: bytes, **content: Any) -> dict[str, Any]:
        name = f"AgAC{len(self.files)}"
        self.files[name] = data
        sizes = [
            {"file_id": file, "file_unique_id": file, "width": 90, "height": 90, "file_size": size}
            for file, size in (("AgACsmall", 10), (name, len(data)))
        ]
        return self.update(message=self.message(chat, photo=sizes, **content))

    # what the bot does

    async def _method(self, request: web.Request) -> web.StreamResponse:
        given = await _given(request)
        method = request.match_info["method"]
        self.calls.append((method, given))
        if request.match_info["token"] != TOKEN:
            return web.json_response(Refused(404, "Not Found").answer, status=404)
        try:
            if self.trouble:
                trouble = self.trouble.pop(0)
                if isinstance(trouble, web.StreamResponse):
                    return trouble
                raise trouble
            known: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
                "getMe": self._me,
                "getFile": self._get_file,
                "sendMessage": self._send_message,
                "sendPhoto": self._send_photo,
                "answerCallbackQuery": self._answer,
                "editMessageReplyMarkup": self._edit,
                "setWebhook": self._set_webhook,
                "getWebhookInfo": self._webhook_info,
            }
            if method not in known:
                raise Refused(404, "Not Found: method not found")
            return web.json_response({"ok": True, "result": await known[method](given)})
        except Refused as refused:
            return web.json_response(refused.answer, status=refused.answer["error_code"])

    async def _me(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"id": 123456, "is_bot": True, "first_name": "小水", "username": "water_bot"}

    async def _send_message(self, given: dict[str, Any]) -> dict[str, Any]:
        chat, text = self._chat(given), given.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refused(400, "Bad Request: message is too long")
        return self._keep(chat, given, text=text)

    async def _send_photo(self, given: dict[str, Any]) -> dict[str, Any]:
        chat, photo = self._chat(given), str(given.get("photo", ""))
        host = urlsplit(photo).hostname or ""
        if not photo.startswith(("http://", "https://")) or "." not in host:
            raise Refused(400, "Bad Request: wrong remote file identifier specified")
        if host.startswith("127.") or host.endswith(".invalid"):
            raise Refused(400, "Bad Request: failed to get HTTP URL content")
        if len(str(given.get("caption", ""))) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        size = {"file_id": "AgACout", "file_unique_id": "u", "width": 9, "height": 9}
        return self._keep(chat, given, photo=[size], caption=given.get("caption", ""))

    def _chat(self, given: dict[str, Any]) -> int:
        chat = int(given.get("chat_id", 0))
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat not in self.started:
            raise Refused(400, "Bad Request: chat not found")
        return chat

    def _keep(self, chat: int, given: dict[str, Any], **content: Any) -> dict[str, Any]:
        message = {
            "message_id": next(self._ids),
            "chat": {"id": chat, "first_name": "王", "type": "private"},
            "date": 1_764_000_001,
            **content,
        }
        if given.get("reply_markup"):
            message["reply_markup"] = _checked_markup(given["reply_markup"])
        self.messages.setdefault(chat, []).append(message)
        return message

    async def _answer(self, given: dict[str, Any]) -> bool:
        if given.get("callback_query_id") not in self.open_presses:
            raise Refused(400, "Bad Request: query is too old and response timeout expired")
        self.open_presses.discard(given["callback_query_id"])
        return True

    async def _edit(self, given: dict[str, Any]) -> dict[str, Any]:
        markup = _checked_markup(given.get("reply_markup") or {"inline_keyboard": []})
        for message in self.messages.get(int(given["chat_id"]), []):
            if message["message_id"] == int(given["message_id"]):
                if message.get("reply_markup") == markup:
                    raise Refused(400, "Bad Request: message is not modified")
                message["reply_markup"] = markup
                return message
        raise Refused(400, "Bad Request: message to edit not found")

    async def _get_file(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("file_id") not in self.files:
            raise Refused(400, "Bad Request: invalid file_id")
        name = given["file_id"]
        return {"file_id": name, "file_unique_id": name, "file_path": f"photos/{name}.jpg"}

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["path"].removeprefix("photos/").removesuffix(".jpg")
        if request.match_info["token"] != TOKEN or name not in self.files:
            return web.Response(status=404)
        return web.Response(body=self.files[name])

    async def _set_webhook(self, given: dict[str, Any]) -> bool:
        url = urlsplit(given.get("url", ""))
        if url.scheme != "https":
            raise Refused(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        if url.port not in PORTS:
            raise Refused(400, "Bad Request: bad webhook: Webhook can be set up only on ports "
                               "80, 88, 443 or 8443")  # fmt: skip
        if not SECRET.fullmatch(given.get("secret_token", "x")):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = dict(given)
        return True

    async def _webhook_info(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.webhook["url"],
            "has_custom_certificate": False,
            "pending_update_count": 0,
        }


async def _given(request: web.Request) -> dict[str, Any]:
    """Telegram takes parameters as JSON, as a form and in the address; nested ones as text."""
    if request.content_type == "application/json":
        return await request.json()
    given: dict[str, Any] = {**request.query, **await request.post()}
    for name in ("reply_markup", "allowed_updates"):
        if isinstance(given.get(name), str):
            given[name] = json.loads(given[name])
    return given


def _checked_markup(markup: dict[str, Any]) -> dict[str, Any]:
    for row in markup["inline_keyboard"]:
        for button in row:
            if not button.get("text"):
                raise Refused(400, "Bad Request: can't parse inline keyboard button: no text")
            if len(ACTIONS & button.keys()) != 1:
                raise Refused(400, "Bad Request: Text buttons are unallowed in the inline keyboard")
            if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
            host = urlsplit(button.get("url", "https://w.cn")).hostname or ""
            if "." not in host:
                raise Refused(400, "Bad Request: BUTTON_URL_INVALID")
    return markup
