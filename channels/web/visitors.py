"""Signed tokens of web visitors: ``b64url(json{sub,exp}) + "." + hex(hmac_sha256)``.

The visitor keeps the token and sends it in the first frame or a header, never in an
address, so there is no cookie that another site could ride on.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path

LIFETIME_SECONDS = 30 * 24 * 3600
SECRET_BYTES = 32


class BadToken(Exception):
    """Forged, malformed or expired."""


class Visitors:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, channel_user: str | None = None) -> str:
        """A token for a new visitor with a random name of 128 bits, or for the one named."""
        claims = {
            "sub": channel_user or secrets.token_hex(16),
            "exp": int(time.time()) + LIFETIME_SECONDS,
        }
        body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"{body}.{self._signature(body)}"

    def verify(self, token: object) -> str:
        """The visitor's channel user. Raises ``BadToken``."""
        body, _, signature = token.partition(".") if isinstance(token, str) else ("", "", "")
        if not (token and hmac.compare_digest(self._signature(body).encode(), signature.encode())):
            raise BadToken
        try:
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            if float(claims["exp"]) < time.time():
                raise BadToken
            return str(claims["sub"])
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise BadToken from None

    def _signature(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()


def secret_in(folder: Path) -> bytes:
    """The secret kept in the folder, made at the first call; readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "web_visitors.secret"
    draft = path.with_suffix(f".{os.getpid()}")
    if not path.exists():
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        try:
            os.link(draft, path)  # whole or not at all, and never over another gateway's
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
