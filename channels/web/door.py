"""What all of the web channel's transports share: who asks, from where, how fast, and what."""

import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from channels import inbox
from channels.database import Pool
from channels.listening import Listener
from channels.messages import InboundMessage
from channels.plain_text import plain
from channels.web.limits import Buckets, Limits
from channels.web.photos import PhotoFolder
from channels.web.refusals import Refusal, rate_limited
from channels.web.visitors import BadToken, Visitors

CHANNEL = "web"
LONGEST_TEXT = 500
MOST_PHOTOS = 3
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Origins:
    """Browsers do not hold WebSockets to the same origin, so the server must (CWE-1385)."""

    allowed: frozenset[str]
    own_host_too: bool  # where the public address is not fixed: any address we are called by

    def check(self, request: web.Request, *, required: bool) -> None:
        """Raises ``Refusal``. A same-origin GET names no origin; POSTs and sockets always do."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is None and not required:
            return
        own = f"{request.scheme}://{request.host}"
        if origin in self.allowed or (self.own_host_too and origin == own):
            return
        raise Refusal("foreign_origin", 403)


class WebDoor:
    def __init__(
        self,
        pool: Pool,
        listener: Listener,
        visitors: Visitors,
        photos: PhotoFolder,
        origins: Origins,
        limits: Limits,
    ) -> None:
        self.pool, self.listener = pool, listener
        self.visitors, self.photos, self.origins = visitors, photos, origins
        self.by_visitor, self.by_address = Buckets(limits.visitor), Buckets(limits.address)
        self.sessions, self.uploads = Buckets(limits.sessions), Buckets(limits.photos)

    def visitor_of(self, request: web.Request, *, origin_required: bool) -> str:
        """The visitor whose token the Authorization header bears. Raises ``Refusal``."""
        self.origins.check(request, required=origin_required)
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        try:
            return self.visitors.verify(token if scheme == "Bearer" else None)
        except BadToken:
            raise Refusal("bad_token", 401) from None

    async def accept(self, visitor: str, address: str | None, frame: Any) -> dict[str, Any]:
        """Store one message and acknowledge it. Raises ``Refusal``."""
        message = self._message(visitor, address, frame)
        for buckets, key in ((self.by_visitor, visitor), (self.by_address, address or "")):
            if wait := buckets.wait_for(key):
                raise rate_limited(wait)
        received = await inbox.receive(self.pool, message)
        ack = {"t": "ack", "id": message.channel_key, "seq": received.seq}
        return {**ack, "dup": True} if received.duplicate else ack

    def _message(self, visitor: str, address: str | None, frame: Any) -> InboundMessage:
        if not isinstance(frame, dict):
            raise Refusal("bad_message")
        key, said, photos = frame.get("id"), frame.get("text", ""), frame.get("photos") or []
        if not (isinstance(key, str) and MESSAGE_ID.fullmatch(key) and isinstance(said, str)):
            raise Refusal("bad_message")
        if len(said) > LONGEST_TEXT:
            raise Refusal("too_long")
        said = plain(said)
        if not (said or photos) or not self._known(photos):
            raise Refusal("bad_message")
        return InboundMessage(
            channel=CHANNEL,
            channel_user=visitor,
            channel_key=key,
            text=said,
            kind="photo" if photos else "text",
            attachments=tuple(photos),
            address=address,
        )

    def _known(self, photos: Any) -> bool:
        return (
            isinstance(photos, list)
            and len(photos) <= MOST_PHOTOS
            and all(self.photos.path_of(photo) for photo in photos)
        )


async def json_of(request: web.Request) -> Any:
    """The body, which must be JSON. Raises ``Refusal``."""
    try:
        return json.loads(await request.text())
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise Refusal("bad_message") from None


def place_of(value: object) -> int:
    """The last number a client has seen; 0 for whatever is no number."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
