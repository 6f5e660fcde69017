"""Who answers a conversation. Each change of owner raises its number, which the fence compares."""

from dataclasses import dataclass

from channels.database import Pool
from channels.messages import Owner

ALLOWED: dict[Owner, frozenset[Owner]] = {
    "bot": frozenset({"queue", "agent", "closed"}),
    "queue": frozenset({"agent", "bot", "closed"}),
    "agent": frozenset({"queue", "bot", "closed"}),
    "closed": frozenset(),
}

FIND = "SELECT owner, owner_number FROM channels.conversation WHERE conversation_id = %s"

# The compare with the number makes the change atomic: of two who try, one succeeds.
# What waited for the bot goes to whoever takes over.
CHANGE = """
WITH changed AS (
    UPDATE channels.conversation
       SET owner = %(owner)s, owner_number = owner_number + 1, owner_since = now(),
           handover_reason = coalesce(%(reason)s, handover_reason)
     WHERE conversation_id = %(conversation_id)s AND owner_number = %(expected)s
    RETURNING conversation_id, channel, channel_user, owner, owner_number
), passed_on AS (
    UPDATE channels.inbox i SET state = 'for_staff', claimed_until = NULL
      FROM changed
     WHERE i.conversation_id = changed.conversation_id AND i.state = 'new'
)
SELECT owner, owner_number, pg_notify('outbox', channel || ':' || channel_user) FROM changed
"""


@dataclass(frozen=True)
class Ownership:
    owner: Owner
    owner_number: int


class TransitionRefused(Exception):
    """The conversation is unknown, or its owner does not allow this change (any more)."""


async def ownership_of(pool: Pool, conversation_id: str) -> Ownership:
    async with pool.connection() as connection:
        cursor = await connection.execute(FIND, (conversation_id,))
        row = await cursor.fetchone()
    if row is None:
        raise TransitionRefused(f"no conversation {conversation_id}")
    return Ownership(*row)


async def take_over(
    pool: Pool, conversation_id: str, owner: Owner, reason: str | None, expected: int | None = None
) -> Ownership:
    """Make ``owner`` the owner; from here on no turn begun before can send anything.

    With ``expected`` the change happens only if the owner number is still that one.
    Raises ``TransitionRefused`` when it is not, or when ``ALLOWED`` has no such change.
    """
    while True:
        now = await ownership_of(pool, conversation_id)
        if owner not in ALLOWED[now.owner]:
            raise TransitionRefused(f"{conversation_id}: {now.owner} → {owner}")
        changed = await _change(pool, conversation_id, owner, reason, expected or now.owner_number)
        if changed is not None:
            return changed
        if expected is not None:
            raise TransitionRefused(f"{conversation_id}: owned by someone else by now")


async def release_to_bot(pool: Pool, conversation_id: str) -> Ownership:
    """Hand back to the bot: the customer's next message is answered by it."""
    return await take_over(pool, conversation_id, "bot", None)


async def close(pool: Pool, conversation_id: str) -> Ownership:
    """End the conversation; the customer's next message opens a new one."""
    return await take_over(pool, conversation_id, "closed", None)


async def _change(
    pool: Pool, conversation_id: str, owner: Owner, reason: str | None, expected: int
) -> Ownership | None:
    parameters = {
        "conversation_id": conversation_id,
        "owner": owner,
        "reason": reason,
        "expected": expected,
    }
    async with pool.connection() as connection:
        cursor = await connection.execute(CHANGE, parameters)
        row = await cursor.fetchone()
    return None if row is None else Ownership(row[0], row[1])
