"""Who answers a conversation. Each change of owner raises its number, which the fence compares."""

from dataclasses import dataclass

from psycopg.types.json import Jsonb

from channels.database import Pool
from channels.messages import Owner, Reply

ALLOWED: dict[Owner, frozenset[Owner]] = {
    "bot": frozenset({"queue", "agent", "closed"}),
    "queue": frozenset({"agent", "bot", "closed"}),
    "agent": frozenset({"queue", "bot", "closed"}),
    "closed": frozenset(),
}

FIND = "SELECT owner, owner_number, agent FROM channels.conversation WHERE conversation_id = %s"

# The compare with the number makes the change atomic: of two who try, one succeeds.
# What waited for the bot goes to whoever takes over; what the bot has still waiting to be
# sent stays unsent once a person has taken over (web and terminal fetch theirs at once).
# The customer is told in the same transaction, so that nobody is handed over in silence.
CHANGE = """
WITH changed AS (
    UPDATE channels.conversation
       SET owner = %(owner)s, owner_number = owner_number + 1, owner_since = now(),
           agent = %(agent)s, handover_reason = coalesce(%(reason)s, handover_reason),
           last_seq = last_seq + (%(notice)s::jsonb IS NOT NULL)::int
     WHERE conversation_id = %(conversation_id)s AND owner_number = %(expected)s
    RETURNING conversation_id, channel, channel_user, pulled, owner, owner_number, agent, last_seq
), passed_on AS (
    UPDATE channels.inbox i SET state = 'for_staff', claimed_until = NULL
      FROM changed
     WHERE i.conversation_id = changed.conversation_id AND i.state = 'new'
), held_back AS (
    UPDATE channels.outbox o SET state = 'held_back'
      FROM changed
     WHERE changed.owner = 'agent' AND o.conversation_id = changed.conversation_id
       AND o.state = 'waiting' AND o.author = 'bot' AND NOT o.pulled
), told AS (
    INSERT INTO channels.outbox
        (conversation_id, seq, author, reply, owner_number, send_key, state, pulled, channel)
    SELECT conversation_id, last_seq, 'system', %(notice)s, owner_number,
           concat_ws(':', 'owner', conversation_id, owner_number), 'waiting', pulled, channel
      FROM changed WHERE %(notice)s::jsonb IS NOT NULL
), noted AS (
    INSERT INTO channels.owner_change
        (conversation_id, owner_number, seq, owner, agent, changed_by, reason)
    SELECT conversation_id, owner_number, last_seq - (%(notice)s::jsonb IS NOT NULL)::int,
           owner, agent, %(changed_by)s, %(reason)s
      FROM changed
)
SELECT owner, owner_number, agent, pg_notify('outbox', channel || ':' || channel_user)
  FROM changed
"""


@dataclass(frozen=True)
class Ownership:
    """``agent``: the name of the member of staff, while one owns it and is known."""

    owner: Owner
    owner_number: int
    agent: str | None = None


@dataclass(frozen=True)
class Change:
    """A wish to change hands. ``notice`` is what the customer is told of it.

    ``steps_in``: from one agent to another is allowed too (a transfer, a supervisor).
    """

    owner: Owner
    reason: str | None = None
    agent: str | None = None
    changed_by: str | None = None
    notice: Reply | None = None
    steps_in: bool = False


class TransitionRefused(Exception):
    """The conversation is unknown, or its owner does not allow this change (any more).

    ``now`` is who owns it, when it is known.
    """

    def __init__(self, message: str, now: Ownership | None = None) -> None:
        super().__init__(message)
        self.now = now


async def ownership_of(pool: Pool, conversation_id: str) -> Ownership:
    """Raises ``TransitionRefused`` when there is no such conversation."""
    async with pool.connection() as connection:
        cursor = await connection.execute(FIND, (conversation_id,))
        row = await cursor.fetchone()
    if row is None:
        raise TransitionRefused(f"no conversation {conversation_id}")
    return Ownership(*row)


async def change(
    pool: Pool, conversation_id: str, wanted: Change, expected: int | None = None
) -> Ownership:
    """Change hands; from here on no turn begun before can send anything.

    With ``expected`` it happens only if the owner number is still that one.
    Raises ``TransitionRefused`` when it is not, or when ``ALLOWED`` has no such change.
    """
    while True:
        now = await ownership_of(pool, conversation_id)
        steps_in = wanted.steps_in and now.owner == wanted.owner == "agent"
        if wanted.owner not in ALLOWED[now.owner] and not steps_in:
            raise TransitionRefused(f"{conversation_id}: {now.owner} → {wanted.owner}", now)
        changed = await _change(pool, conversation_id, wanted, expected or now.owner_number)
        if changed is not None:
            return changed
        if expected is not None:
            now = await ownership_of(pool, conversation_id)
            raise TransitionRefused(f"{conversation_id}: owned by someone else by now", now)


async def take_over(
    pool: Pool, conversation_id: str, owner: Owner, reason: str | None, expected: int | None = None
) -> Ownership:
    """Make ``owner`` the owner, without a word to the customer; see ``change``."""
    return await change(pool, conversation_id, Change(owner, reason), expected)


async def release_to_bot(pool: Pool, conversation_id: str) -> Ownership:
    """Hand back to the bot: the customer's next message is answered by it."""
    return await take_over(pool, conversation_id, "bot", None)


async def close(pool: Pool, conversation_id: str) -> Ownership:
    """End the conversation; the customer's next message opens a new one."""
    return await take_over(pool, conversation_id, "closed", None)


async def _change(
    pool: Pool, conversation_id: str, wanted: Change, expected: int
) -> Ownership | None:
    parameters = {
        "conversation_id": conversation_id,
        "owner": wanted.owner,
        "reason": wanted.reason,
        "agent": wanted.agent,
        "changed_by": wanted.changed_by,
        "notice": Jsonb(wanted.notice.as_dict()) if wanted.notice else None,
        "expected": expected,
    }
    async with pool.connection() as connection:
        cursor = await connection.execute(CHANGE, parameters)
        row = await cursor.fetchone()
    return None if row is None else Ownership(row[0], row[1], row[2])
