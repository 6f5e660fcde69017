"""A write is done once for its Idempotency-Key: claimed, run, and its answer kept.

A process that dies while it runs leaves a claim without an answer. After ``CLAIM_LASTS`` a
repetition may claim it anew: use cases are safe to repeat in themselves (payment orders and
plans by their own keys, service orders by kind and place, readings by their day), so that
the worst is a second urging.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import api_answer

CLAIM_LASTS = timedelta(seconds=60)  # well over a use case and its calls of the provider


@dataclass(frozen=True)
class Kept:
    """An answer as it was sent."""

    status: int
    media: str
    body: bytes


class OtherRequest(Exception):
    """The key was used for a different request."""


class StillRunning(Exception):
    """The first request with this key has not been answered yet."""


async def claim(
    connection: AsyncConnection, key_id: str, idempotency_key: str, fingerprint: bytes
) -> Kept | None:
    """None: it is ours to run. Raises OtherRequest or StillRunning."""
    statement = insert(api_answer).values(
        key_id=key_id,
        idempotency_key=idempotency_key,
        fingerprint=fingerprint,
        claimed_at=func.now(),
    )
    taken = statement.on_conflict_do_update(
        index_elements=["key_id", "idempotency_key"],
        set_={"claimed_at": func.now()},
        where=and_(
            api_answer.c.fingerprint == fingerprint,
            api_answer.c.status.is_(None),
            api_answer.c.claimed_at < func.now() - CLAIM_LASTS,
        ),
    ).returning(api_answer.c.key_id)
    if (await connection.execute(taken)).first() is not None:
        return None
    query = select(api_answer).where(*_is(key_id, idempotency_key))
    row = (await connection.execute(query)).mappings().first()
    if row is not None and row["fingerprint"] != fingerprint:
        raise OtherRequest
    if row is None or row["status"] is None:
        raise StillRunning
    return Kept(row["status"], row["media"], row["body"])


async def keep(
    connection: AsyncConnection, key_id: str, idempotency_key: str, answer: Kept
) -> None:
    await connection.execute(
        update(api_answer).where(*_is(key_id, idempotency_key)).values(vars(answer))
    )


async def release(connection: AsyncConnection, key_id: str, idempotency_key: str) -> None:
    """Nothing was decided: the same key may be used again."""
    await connection.execute(
        delete(api_answer).where(*_is(key_id, idempotency_key), api_answer.c.status.is_(None))
    )


def _is(key_id: str, idempotency_key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return api_answer.c.key_id == key_id, api_answer.c.idempotency_key == idempotency_key
