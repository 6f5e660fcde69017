"""What the tests of channels say and look up."""

from itertools import count
from typing import Any, LiteralString

from channels.database import Pool
from channels.messages import InboundMessage, Reply

_keys = count(1)


def message(text: str = "你好", user: str = "visitor-1", **fields: object) -> InboundMessage:
    values: dict[str, Any] = {
        "channel": "web",
        "channel_user": user,
        "channel_key": f"key-{next(_keys)}",
    }
    return InboundMessage(**{**values, "text": text, **fields})


def replies(*texts: str) -> list[Reply]:
    return [Reply(text) for text in texts]


async def rows(pool: Pool, query: LiteralString, *parameters: object) -> list[tuple[object, ...]]:
    async with pool.connection() as connection:
        return await (await connection.execute(query, parameters)).fetchall()
