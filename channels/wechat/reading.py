"""What WeChat's XML tells, by wechatpy's parser behind a wall. Pure.

wechatpy fails lazily, and with whatever exception, on what is no message: here all of it
is ``NotUnderstood``. Fields: developers.weixin.qq.com, 接收普通消息 and 接收事件推送.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from wechatpy import parse_message

from channels.plain_text import plain
from channels.texts import text

OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
MESSAGE_ID = re.compile(r"\d{1,20}", re.ASCII)
LONGEST_TEXT = 8000
LONGEST_KEY = 200

# What a tap, a scan or a message lets us send (developers.weixin.qq.com, 客服消息).
Allows = Literal["message", "event", "nothing"]

# Events that are answered like a message; all others are only noted.
HELLO = ("subscribe", "subscribe_scan", "scan")
TAPS = ("click", "scancode_waitmsg")


class NotUnderstood(ValueError):
    """No message of WeChat."""


@dataclass(frozen=True)
class Heard:
    """``key`` is WeChat's own of the message: MsgId, or of an event its second, kind and key.

    ``text`` None: nothing that the bot could be given. ``media_id``: a photo to fetch.
    """

    openid: str
    account: str  # ours, 原始 ID gh_…
    key: str
    kind: str
    text: str | None
    allows: Allows
    media_id: str | None = None
    event: str | None = None
    status: str | None = None  # of a template message that was delivered, or was not


def read(xml: bytes) -> Heard:
    """Raises ``NotUnderstood``."""
    try:
        return _read(parse_message(xml))
    except Exception as error:
        raise NotUnderstood(type(error).__name__) from None


def _read(message: Any) -> Heard:
    openid, account = str(message.source), str(message.target)
    if not (OPENID.fullmatch(openid) and OPENID.fullmatch(account)):
        raise NotUnderstood("no openid")
    if message._data["MsgType"] == "event":
        return _event(message, openid, account)
    key = str(message.id)
    if not MESSAGE_ID.fullmatch(key) or key == "0":
        raise NotUnderstood("no MsgId")
    said, media_id = _content(message)
    tapped = "bizmsgmenuid" in message._data  # an item of a menu message: the menu's rule
    return Heard(
        openid,
        account,
        key,
        "photo" if media_id else str(message.type)[:20],
        said,
        "event" if tapped else "message",
        media_id,
    )


def _content(message: Any) -> tuple[str | None, str | None]:
    """Words and photo of a message; None for what there is not."""
    if message.type == "text":
        return _words(message.content), None
    if message.type == "image":
        media_id = str(message.media_id)
        return None, media_id if MEDIA_ID.fullmatch(media_id) else None
    if message.type == "voice":
        return _words(message.recognition), None
    if message.type == "location":
        return _place(message), None
    return None, None


def _place(message: Any) -> str:
    name = _words(message.label)
    if name:
        return text("location_with_name").format(name=name)
    latitude, longitude = float(message.location_x), float(message.location_y)
    return text("location").format(latitude=f"{latitude:.5f}", longitude=f"{longitude:.5f}")


def _event(message: Any, openid: str, account: str) -> Heard:
    data = message._data
    name = str(getattr(message, "event", None) or data["Event"]).lower()[:40]
    event_key = plain(str(data.get("EventKey") or data.get("MsgID") or ""))[:LONGEST_KEY]
    said, allows = _meaning(name, event_key, data)
    return Heard(
        openid,
        account,
        f"{int(data['CreateTime'])}:{name}:{event_key}",
        "event",
        said,
        allows,
        event=name,
        status=str(data.get("Status") or "")[:100] or None,
    )


def _meaning(name: str, event_key: str, data: dict[str, Any]) -> tuple[str | None, Allows]:
    """A tap says its key: the menu's keys are the words (``menu.yml``)."""
    if name in HELLO:
        return text("hello"), "event"
    if name == "scancode_waitmsg":
        return _words((data.get("ScanCodeInfo") or {}).get("ScanResult")), "event"
    if name in TAPS:
        return event_key or None, "event"
    return None, "nothing"


def _words(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise NotUnderstood("nested content")
    return plain((value or "")[:LONGEST_TEXT]) or None
