"""The web channel's addresses."""

import re
from pathlib import Path

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.typedefs import Handler

from channels.security_headers import content_policy
from channels.web.door import WebDoor, json_of
from channels.web.fallbacks import Fallbacks
from channels.web.photos import LARGEST_PHOTO_BYTES
from channels.web.refusals import Refusal, rate_limited
from channels.web.socket import ChatSocket
from channels.web.visitors import BadToken

STATIC = Path(__file__).parent / "static"
DEMO_NAME = re.compile(r"[a-z0-9-]{1,40}")


class WebRoutes:
    """``framed_by``: origins whose pages may show the chat in a frame, besides our own."""

    def __init__(
        self, door: WebDoor, *, public_url: str, framed_by: tuple[str, ...], demo: bool
    ) -> None:
        self._door, self._demo = door, demo
        self._socket, self._fallbacks = ChatSocket(door), Fallbacks(door)
        self._chat_policy = content_policy(public_url, ("'self'", *framed_by))

    def add_to(self, application: web.Application) -> None:
        application.middlewares.append(refusals_as_json)
        application.add_routes(
            [
                web.get("/", self.home),
                web.get("/chat", self.chat),
                web.get("/embed.js", self.embed),
                web.static("/static", STATIC),
                web.post("/web/session", self.session),
                web.get("/web/ws", self._socket.handle),
                web.get("/web/events", self._fallbacks.stream),
                web.get("/web/poll", self._fallbacks.poll),
                web.post("/web/messages", self._fallbacks.post_message),
                web.post("/web/photos", self.keep_photo),
                web.get("/web/photos/{photo_id}", self.photo),
            ]
        )
        application.on_shutdown.append(self._close)

    async def home(self, _: web.Request) -> web.Response:
        raise web.HTTPFound("/chat")

    async def chat(self, _: web.Request) -> web.FileResponse:
        headers = {hdrs.CONTENT_SECURITY_POLICY: self._chat_policy}
        return web.FileResponse(STATIC / "chat.html", headers=headers)

    async def embed(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "embed.js")

    async def session(self, request: web.Request) -> web.Response:
        """A token for a new visitor; with a valid one in the body, a fresh one for the same.

        In the demo ``{"demo": name}`` makes the visitor that demo customer.
        """
        self._door.origins.check(request, required=True)
        if wait := self._door.sessions.wait_for(request.remote or ""):
            raise rate_limited(wait)
        asked = await json_of(request) if request.can_read_body else {}
        token = self._door.visitors.issue(self._wanted(asked if isinstance(asked, dict) else {}))
        return web.json_response({"token": token}, headers={hdrs.CACHE_CONTROL: "no-store"})

    def _wanted(self, asked: dict[str, object]) -> str | None:
        name = asked.get("demo")
        if self._demo and isinstance(name, str) and DEMO_NAME.fullmatch(name):
            return f"demo:{name}"
        try:
            return self._door.visitors.verify(asked.get("token"))
        except BadToken:
            return None

    async def keep_photo(self, request: web.Request) -> web.Response:
        visitor = self._door.visitor_of(request, origin_required=True)
        if wait := self._door.uploads.wait_for(visitor):
            raise rate_limited(wait)
        if not request.content_type.startswith("multipart/"):
            raise Refusal("bad_photo", 415)
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or part.name != "photo":
            raise Refusal("bad_photo", 415)
        photo_id = await self._door.photos.keep(await _read_bounded(part))
        return web.json_response({"photo": photo_id})

    async def photo(self, request: web.Request) -> web.StreamResponse:
        path = self._door.photos.path_of(request.match_info["photo_id"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={hdrs.CACHE_CONTROL: "private, max-age=86400"})

    async def _close(self, _: web.Application) -> None:
        await self._socket.close_all()
        await self._fallbacks.close_all()


async def _read_bounded(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > LARGEST_PHOTO_BYTES:
            raise Refusal("photo_too_large", 413)
    return bytes(data)


@web.middleware
async def refusals_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.as_response()
