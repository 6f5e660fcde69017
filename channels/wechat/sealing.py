"""WeChat's signature and encryption, by wechatpy behind a wall.

wechatpy raises half a dozen kinds of exceptions on hostile input (IndexError, struct.error,
TypeError, …): here each of them is ``Forged``. Protocol: developers.weixin.qq.com,
消息推送 › 加解密 (sha1 over the sorted token, timestamp and nonce; AES-256-CBC, the length in
bytes, the app id at the end).
"""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wechatpy.crypto import WeChatCrypto

from channels.wechat.settings import WeChatSettings

FRESH_SECONDS = 600  # a request signed longer ago is a replay, or our clock is wrong
NUMBER = re.compile(r"\d{1,12}", re.ASCII)
NONCE = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


class Forged(Exception):
    """Not signed with our token, too old, or not sealed with our key."""


@dataclass(frozen=True)
class Opened:
    """A verified request. ``crypto`` is what opened it and must seal the answer; None: plain."""

    xml: bytes
    nonce: str
    crypto: WeChatCrypto | None


class Sealing:
    def __init__(self, settings: WeChatSettings, clock: Callable[[], float] = time.time) -> None:
        self._token, self._clock = settings.token, clock
        self._cryptos = [
            WeChatCrypto(settings.token, key, settings.app_id) for key in settings.aes_keys
        ]

    def check(self, query: Mapping[str, str]) -> tuple[str, str]:
        """The timestamp and nonce of a signed request. Raises ``Forged``."""
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not (NUMBER.fullmatch(timestamp) and NONCE.fullmatch(nonce)):
            raise Forged("no timestamp or nonce")
        expected = signature(self._token, timestamp, nonce)
        given = query.get("signature", "").encode("utf-8", "replace")
        if not hmac.compare_digest(expected.encode(), given):
            raise Forged("wrong signature")
        if abs(self._clock() - int(timestamp)) > FRESH_SECONDS:
            raise Forged("too old")
        return timestamp, nonce

    def open(self, query: Mapping[str, str], body: bytes) -> Opened:
        """The message inside. Raises ``Forged``.

        Once there is a key, a plain message is refused: its signature does not cover it.
        """
        timestamp, nonce = self.check(query)
        if not self._cryptos:
            if query.get("encrypt_type", "raw") != "raw":
                raise Forged("encrypted, and we have no key")
            return Opened(body, nonce, None)
        for crypto in self._cryptos:
            try:
                xml = crypto.decrypt_message(
                    body.decode(), query.get("msg_signature", ""), timestamp, nonce
                )
                return Opened(_bytes(xml), nonce, crypto)
            except Exception:  # noqa: S112
                continue
        raise Forged("no key opens it")

    def seal(self, opened: Opened, xml: str) -> str:
        """The answer as the request came: plain, or with the key that opened it."""
        if opened.crypto is None:
            return xml
        return opened.crypto.encrypt_message(xml, opened.nonce, str(int(self._clock())))


def signature(token: str, *parts: str) -> str:
    return hashlib.sha1("".join(sorted((token, *parts))).encode()).hexdigest()  # noqa: S324


def _bytes(xml: str | bytes) -> bytes:
    return xml.encode() if isinstance(xml, str) else xml
