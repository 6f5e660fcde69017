"""Signed addresses of documents, good for a while: whoever holds one may read it until then.

The time is part of what is signed. It runs by the real clock, since links leave the system.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from billing_client.errors import LinkExpired, LinkUnknown
from billing_client.store.clock import SHANGHAI
from billing_client.views import PaperView

PATH = "/paper"  # /paper/<kind>/<ref>/<expires>-<signature>.pdf
SIGNATURE_CHARACTERS = 32  # 128 bit
LIFETIMES = {"invoice": timedelta(days=7), "bill": timedelta(days=1)}


@dataclass(frozen=True)
class PaperLinks:
    public_url: str
    key: bytes = field(repr=False)

    def view(self, kind: str, ref: str, now: datetime | None = None) -> PaperView:
        expires_at = (now or datetime.now(UTC)) + LIFETIMES[kind]
        expires = int(expires_at.timestamp())
        url = f"{self.public_url}{PATH}/{kind}/{ref}/{expires}-{self._sign(kind, ref, expires)}.pdf"
        return PaperView(url, datetime.fromtimestamp(expires, SHANGHAI))

    def check(self, kind: str, ref: str, token: str, now: datetime | None = None) -> None:
        """``token`` is '<expires>-<signature>'. Raises LinkUnknown, LinkExpired."""
        expires, _, signature = token.partition("-")
        if not (expires.isascii() and expires.isdigit() and len(expires) <= 12):
            raise LinkUnknown
        mine = self._sign(kind, ref, int(expires))
        if not hmac.compare_digest(mine.encode(), signature.encode(errors="replace")):
            raise LinkUnknown
        if int(expires) < (now or datetime.now(UTC)).timestamp():
            raise LinkExpired

    def _sign(self, kind: str, ref: str, expires: int) -> str:
        said = f"paper:{kind}:{ref}:{expires}".encode()
        return hmac.new(self.key, said, hashlib.sha256).hexdigest()[:SIGNATURE_CHARACTERS]
