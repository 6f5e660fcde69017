"""Keys of the HTTP API: made and shown once, found by their hash, revoked for good.

A key is ``xs_<key_id>_<secret>``. The secret is 32 random bytes, so that a plain SHA-256 of
it is as hard to turn back as the secret is to guess; slow hashes are for passwords.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import api_key

FORM = re.compile(r"xs_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
SECRET_BYTES = 32
ID_BYTES = 6
REQUESTS_PER_MINUTE = 600
NOTE_USE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiKey:
    """``channels`` None: it may speak for the users of every channel."""

    key_id: str
    name: str
    scopes: frozenset[str]
    channels: frozenset[str] | None
    requests_per_minute: int
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


async def make(
    connection: AsyncConnection,
    name: str,
    scopes: Sequence[str],
    *,
    by: str,
    channels: Sequence[str] | None = None,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
) -> str:
    """The whole key. It is stored as a hash, so that this is the only time it is seen."""
    key_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    await connection.execute(
        insert(api_key).values(
            key_id=key_id,
            name=name,
            secret_hash=_hash(secret),
            scopes=list(scopes),
            channels=None if channels is None else list(channels),
            requests_per_minute=requests_per_minute,
            created_by=by,
        )
    )
    return f"xs_{key_id}_{secret}"


async def find(connection: AsyncConnection, presented: str) -> ApiKey | None:
    """The living key that was presented; None for what is unknown, wrong or revoked."""
    form = FORM.fullmatch(presented)
    if form is None:
        return None
    query = select(api_key).where(api_key.c.key_id == form[1], api_key.c.revoked_at.is_(None))
    row = (await connection.execute(query)).mappings().first()
    if row is None or not hmac.compare_digest(row["secret_hash"], _hash(form[2])):
        return None
    await _note_use(connection, row)
    return _key(row)


async def listed(connection: AsyncConnection) -> tuple[ApiKey, ...]:
    """All, the newest first, revoked ones too."""
    rows = await connection.execute(select(api_key).order_by(api_key.c.created_at.desc()))
    return tuple(_key(row) for row in rows.mappings())


async def revoke(connection: AsyncConnection, key_id: str, by: str) -> bool:
    """From the next request on it opens nothing; False when there is no such living key."""
    revoked = await connection.execute(
        update(api_key)
        .where(api_key.c.key_id == key_id, api_key.c.revoked_at.is_(None))
        .values(revoked_at=func.now(), revoked_by=by)
    )
    return revoked.rowcount == 1


async def _note_use(connection: AsyncConnection, row: RowMapping) -> None:
    """Once a minute, so that a busy key does not write at each request."""
    stale = func.now() - NOTE_USE_AFTER
    if row["last_used_at"] is not None:
        age = datetime.now(row["last_used_at"].tzinfo) - row["last_used_at"]
        if age < NOTE_USE_AFTER:
            return
    await connection.execute(
        update(api_key)
        .where(
            api_key.c.key_id == row["key_id"],
            or_(api_key.c.last_used_at.is_(None), api_key.c.last_used_at < stale),
        )
        .values(last_used_at=func.now())
    )


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        key_id=row["key_id"],
        name=row["name"],
        scopes=frozenset(row["scopes"]),
        channels=None if row["channels"] is None else frozenset(row["channels"]),
        requests_per_minute=row["requests_per_minute"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
