"""Settings of the core that live in the database: one JSON value a key."""

import secrets
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import setting

SIGNING_KEY = "signing_key"
SIGNING_KEY_BYTES = 32


async def read(connection: AsyncConnection, key: str) -> Any:
    """The stored value, or None."""
    return (
        await connection.execute(select(setting.c.value).where(setting.c.key == key))
    ).scalar_one_or_none()


async def write(connection: AsyncConnection, key: str, value: Any) -> None:
    statement = insert(setting).values(key=key, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
    )


async def signing_key(connection: AsyncConnection) -> bytes:
    """The secret of this installation, for links and code hashes; made once, at random."""
    stored = await read(connection, SIGNING_KEY)
    if stored is None:
        fresh = insert(setting).values(key=SIGNING_KEY, value=secrets.token_hex(SIGNING_KEY_BYTES))
        await connection.execute(fresh.on_conflict_do_nothing())
        stored = await read(connection, SIGNING_KEY)
    return bytes.fromhex(stored)
