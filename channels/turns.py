"""Turns: one worker at a time takes a customer's oldest message, answers it, and closes it.

The fence: ``finish`` sends its replies only if nobody took the conversation over since
the turn began, checked in the transaction that stores them. A reply that comes too
late is held back, where staff can see it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from channels.database import Pool
from channels.messages import Owner, Reply

MAX_ATTEMPTS = 3  # a message that killed this many workers gets an apology and a person

# The row is locked with SKIP LOCKED and looked at again once locked, so of any number
# of claimers one gets it; a later message of the conversation has to wait for the
# oldest. Subqueries, not joins: joined, a thousand waiting messages cost 50 ms a claim.
# A claim need not survive a crash of the database, so it does not wait for
# the disk (synchronous_commit, for this transaction alone).
CLAIM = """
WITH candidate AS MATERIALIZED (
    SELECT i.conversation_id, i.seq
      FROM channels.inbox i
     WHERE i.state = 'new'
       AND (i.claimed_until IS NULL OR i.claimed_until < now())
       AND i.seq = (SELECT min(seq) FROM channels.inbox earlier
                     WHERE earlier.conversation_id = i.conversation_id AND earlier.state = 'new')
       AND 'bot' = (SELECT owner FROM channels.conversation c
                     WHERE c.conversation_id = i.conversation_id)
     ORDER BY i.received_at
     LIMIT 1
       FOR UPDATE OF i SKIP LOCKED
), claimed AS (
    UPDATE channels.inbox i
       SET claimed_by = %(worker_id)s, attempts = attempts + 1,
           claimed_until = now() + make_interval(secs => %(lease_seconds)s)
      FROM candidate
     WHERE i.conversation_id = candidate.conversation_id AND i.seq = candidate.seq
    RETURNING i.conversation_id, i.seq, i.channel, i.channel_user, i.kind, i.text, i.said,
              i.payload, i.received_at, i.attempts, i.claimed_by
)
SELECT claimed.*, c.owner_number, t.state, coalesce(t.version, 0),
       set_config('synchronous_commit', 'off', true),
       pg_notify('turn', claimed.channel || ':' || claimed.channel_user)
  FROM claimed JOIN channels.conversation c USING (conversation_id)
  LEFT JOIN channels.tracker t USING (conversation_id)
"""

# Locks the conversation, then the message: the order in which ownership.py locks them.
# What both locks return is the newest state, also when it was waited for.
FINISH = """
WITH conversation AS (
    SELECT conversation_id, channel, channel_user, pulled, owner, owner_number, last_seq
      FROM channels.conversation WHERE conversation_id = %(conversation_id)s
       FOR UPDATE
), message AS (
    SELECT i.state = 'new' AND i.claimed_by = %(worker_id)s AND i.attempts = %(attempts)s
           AS still_claimed
      FROM channels.inbox i, conversation c
     WHERE i.conversation_id = c.conversation_id AND i.seq = %(seq)s
       FOR UPDATE OF i
), fence AS (
    SELECT c.*, m.still_claimed AND c.owner = 'bot' AND c.owner_number = %(owner_number)s AS holds,
           NOT m.still_claimed AND c.owner = 'bot' AND c.owner_number = %(owner_number)s AS retaken
      FROM conversation c, message m
), counted AS (
    UPDATE channels.conversation c
       SET last_seq = c.last_seq + %(count)s, last_message_at = now(),
           owner = CASE WHEN handed_over THEN %(owner_after)s ELSE c.owner END,
           owner_number = c.owner_number + handed_over::int,
           owner_since = CASE WHEN handed_over THEN now() ELSE c.owner_since END,
           handover_reason = CASE WHEN handed_over THEN %(reason)s ELSE c.handover_reason END
      FROM (SELECT conversation_id, holds AND %(owner_after)s::text IS NOT NULL AS handed_over
              FROM fence) f
     WHERE c.conversation_id = f.conversation_id
), written AS (
    INSERT INTO channels.outbox (conversation_id, seq, author, reply, owner_number, answers_seq,
                                 send_key, state, pulled, channel)
    SELECT f.conversation_id, f.last_seq + r.n, r.reply ->> 'author', r.reply, %(owner_number)s,
           %(seq)s, concat_ws(':', f.conversation_id, %(seq)s, %(attempts)s, r.n),
           CASE WHEN f.holds THEN 'waiting' ELSE 'held_back' END, f.pulled, f.channel
      FROM fence f, jsonb_array_elements(%(replies)s) WITH ORDINALITY AS r (reply, n)
), noted AS (
    INSERT INTO channels.owner_change (conversation_id, owner_number, seq, owner, reason)
    SELECT conversation_id, owner_number + 1, last_seq + %(count)s, %(owner_after)s, %(reason)s
      FROM fence WHERE holds AND %(owner_after)s::text IS NOT NULL
), remembered AS (
    INSERT INTO channels.tracker AS t (conversation_id, state)
    SELECT conversation_id, %(tracker_state)s::bytea FROM fence
     WHERE holds AND %(tracker_state)s::bytea IS NOT NULL
    ON CONFLICT (conversation_id)
    DO UPDATE SET state = excluded.state, version = t.version + 1, updated_at = now()
), closed AS (
    UPDATE channels.inbox i
       SET state = CASE WHEN f.holds AND i.seq = %(seq)s THEN %(state_after)s ELSE 'for_staff' END,
           claimed_until = NULL, finished_at = now()
      FROM fence f
     WHERE i.conversation_id = f.conversation_id AND i.state = 'new' AND NOT f.retaken
       AND (i.seq = %(seq)s OR f.holds AND %(owner_after)s::text IN ('queue', 'agent'))
)
SELECT holds, last_seq > %(seq)s, pg_notify('outbox', channel || ':' || channel_user) FROM fence
"""

# A worker that lost the connection cannot know whether its finish was done: it asks again.
FINISHED_BEFORE = """
SELECT state <> 'held_back', true FROM channels.outbox
 WHERE send_key = concat_ws(':', %(conversation_id)s::text, %(seq)s, %(attempts)s, 1)
"""

RELEASE = """
UPDATE channels.inbox SET claimed_until = now() + make_interval(secs => %(seconds)s)
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s AND state = 'new'
   AND claimed_by = %(worker_id)s AND attempts = %(attempts)s
"""

HELD_BY = """
SELECT DISTINCT claimed_by FROM channels.inbox WHERE state = 'new' AND claimed_until > now()
"""

LET_GO = """
UPDATE channels.inbox SET claimed_until = now() WHERE state = 'new' AND claimed_by = ANY(%s)
"""


@dataclass(frozen=True)
class Turn:
    """One message to answer, with what the fence and the bot need.

    ``said`` is what the bot is given: the text, or the option that a digit stands for.
    ``attempts`` counts this one; over ``MAX_ATTEMPTS`` the turn is ``exhausted``.
    """

    conversation_id: str
    seq: int
    channel: str
    channel_user: str
    kind: str
    text: str
    said: str
    received_at: datetime
    attempts: int
    worker_id: str
    owner_number: int
    tracker_state: bytes | None
    tracker_version: int
    attachments: tuple[str, ...] = ()
    address: str | None = None
    metadata: dict[str, object] = field(default_factory=dict)

    @property
    def exhausted(self) -> bool:
        return self.attempts > MAX_ATTEMPTS


@dataclass(frozen=True)
class Finished:
    """``sent`` is False when the turn came too late: its replies are held back.

    ``more``: the conversation went on meanwhile, so the customer may have said more.
    """

    sent: bool
    more: bool


class _Claimed(NamedTuple):
    conversation_id: str
    seq: int
    channel: str
    channel_user: str
    kind: str
    text: str
    said: str
    payload: dict[str, object]
    received_at: datetime
    attempts: int
    worker_id: str
    owner_number: int
    tracker_state: bytes | None
    tracker_version: int


async def claim(pool: Pool, worker_id: str, lease_seconds: float = 30) -> Turn | None:
    """The oldest message that waits for the bot, or None.

    One turn at a time a conversation, in order, across any number of processes. A claim
    lapses after the lease; then the message is claimed anew, with ``attempts`` one higher.
    """
    parameters = {"worker_id": worker_id, "lease_seconds": lease_seconds}
    async with pool.connection() as connection:
        cursor = await connection.execute(CLAIM, parameters)
        row = await cursor.fetchone()
    return None if row is None else _turn(_Claimed(*row[: len(_Claimed._fields)]))


async def finish(
    pool: Pool,
    turn: Turn,
    replies: list[Reply],
    tracker_state: bytes | None,
    owner_after: Owner | None = None,
    reason: str | None = None,
) -> Finished:
    """Store the replies and the tracker and close the message, in one transaction.

    With ``owner_after`` the conversation changes hands in the same moment ('queue' for a
    handover, with its ``reason``). When the conversation was taken over meanwhile, the
    replies are held back and the tracker stays as it was; when the claim lapsed and the
    message was claimed again, the new claim is left alone too. Finishing the same turn once
    more changes nothing and tells what became of it.
    """
    return await _close(pool, turn, replies, tracker_state, "answered", owner_after, reason)


async def apologise(
    pool: Pool, turn: Turn, reply: Reply, owner_after: Owner | None = "queue"
) -> Finished:
    """Close a message that could not be answered: the apology is sent, a person takes over."""
    return await _close(pool, turn, [reply], None, "apologised", owner_after, "fault")


async def release(pool: Pool, turn: Turn, seconds: float = 0) -> None:
    """Give the message back to be claimed again after so many seconds."""
    parameters = {**_identity(turn), "seconds": seconds}
    async with pool.connection() as connection:
        await connection.execute(RELEASE, parameters)


async def holders(pool: Pool) -> list[str]:
    """The workers that hold a message now, dead ones among them."""
    async with pool.connection() as connection:
        cursor = await connection.execute(HELD_BY)
        return [str(row[0]) for row in await cursor.fetchall()]


async def let_go(pool: Pool, dead_workers: list[str]) -> None:
    """What these workers held can be claimed at once, not only when their lease ends."""
    async with pool.connection() as connection:
        await connection.execute(LET_GO, (dead_workers,))


async def _close(
    pool: Pool,
    turn: Turn,
    replies: list[Reply],
    tracker_state: bytes | None,
    state_after: Literal["answered", "apologised"],
    owner_after: Owner | None,
    reason: str | None,
) -> Finished:
    parameters = {
        **_identity(turn),
        "owner_number": turn.owner_number,
        "count": len(replies),
        "replies": Jsonb([reply.as_dict() for reply in replies]),
        "tracker_state": tracker_state,
        "state_after": state_after,
        "owner_after": owner_after,
        "reason": reason,
    }
    async with pool.connection() as connection:
        try:
            cursor = await connection.execute(FINISH, parameters)
        except UniqueViolation as error:
            if error.diag.constraint_name != "outbox_send_key":
                raise
            cursor = await connection.execute(FINISHED_BEFORE, parameters)
        row = await cursor.fetchone()
    assert row is not None, "a turn's conversation and message are never deleted"
    return Finished(sent=bool(row[0]), more=bool(row[1]))


def _identity(turn: Turn) -> dict[str, object]:
    return {
        "conversation_id": turn.conversation_id,
        "seq": turn.seq,
        "worker_id": turn.worker_id,
        "attempts": turn.attempts,
    }


def _turn(row: _Claimed) -> Turn:
    fields = row._asdict()
    payload = fields.pop("payload")
    return Turn(
        **fields,
        attachments=tuple(payload["attachments"]),
        address=payload["address"],
        metadata=payload["metadata"],
    )
