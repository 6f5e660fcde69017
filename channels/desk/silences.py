"""Silences: an agent who does not answer loses the conversation to the queue; a customer who
does not is asked, then let go.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from channels import ownership
from channels.database import Pool
from channels.desk.rules import Rules
from channels.messages import Reply
from channels.ownership import Change, TransitionRefused
from channels.push import push
from channels.texts import text

# owed_since: since when the customer waits for this agent's word; told_at: the agent's last
# word, when the customer has not answered it.
HELD = """
SELECT c.conversation_id, c.owner_number, c.agent, coalesce(told.seq, 0),
       CASE WHEN told.seq IS NULL OR said.seq > told.seq
            THEN greatest(c.owner_since, said.first_at) END AS owed_since,
       CASE WHEN told.seq > coalesce(said.seq, 0) THEN told.at END AS told_at,
       (SELECT max(s.seen_at) FROM channels.staff_session s
         WHERE s.staff_name = c.agent AND s.ended_at IS NULL) AS seen_at
  FROM channels.conversation c
  LEFT JOIN LATERAL (
       SELECT seq, created_at AS at FROM channels.outbox o
        WHERE o.conversation_id = c.conversation_id AND o.author = 'agent'
          AND o.state <> 'held_back'
        ORDER BY seq DESC LIMIT 1
  ) told ON true
  LEFT JOIN LATERAL (
       SELECT max(i.seq) AS seq,
              min(i.received_at) FILTER (WHERE i.seq > coalesce(told.seq, 0)) AS first_at
         FROM channels.inbox i
        WHERE i.conversation_id = c.conversation_id AND i.seq > coalesce(told.seq, 0) - 1
  ) said ON true
 WHERE c.owner = 'agent'
"""


@dataclass(frozen=True)
class Held:
    conversation_id: str
    owner_number: int
    agent: str | None
    told_seq: int
    owed_since: datetime | None
    told_at: datetime | None
    seen_at: datetime | None


async def look(pool: Pool, rules: Rules, now: datetime | None = None) -> None:
    """Do what is due for every conversation that an agent holds."""
    at = now or datetime.now(UTC)
    async with pool.connection() as connection:
        rows = await (await connection.execute(HELD)).fetchall()
    for held in (Held(*row) for row in rows):
        if held.owed_since is not None:
            await _if_agent_is_silent(pool, rules, held, at)
        elif held.told_at is not None:
            await _if_customer_is_silent(pool, rules, held, at)


async def _if_agent_is_silent(pool: Pool, rules: Rules, held: Held, at: datetime) -> None:
    reason = why_returned(rules, held, at)
    if reason is not None:
        notice = Reply(text("desk_back_to_queue"), author="system")
        await _change(pool, held, Change("queue", reason, notice=notice))


def why_returned(rules: Rules, held: Held, at: datetime) -> str | None:
    """The reason to take it from its agent, or None: the agent has time left."""
    owed = at - (held.owed_since or at)
    gone_after = timedelta(minutes=rules.agent_gone_minutes)
    unseen = held.seen_at is None or at - held.seen_at > gone_after
    if unseen and owed > gone_after:
        return "agent_away"
    if owed > timedelta(minutes=rules.agent_idle_minutes):
        return "agent_idle"
    return None


async def _if_customer_is_silent(pool: Pool, rules: Rules, held: Held, at: datetime) -> None:
    silent = at - (held.told_at or at)
    asked_after = timedelta(minutes=rules.customer_silent_minutes)
    gone_after = asked_after + timedelta(minutes=rules.customer_gone_minutes)
    if silent > gone_after:
        ending = "desk_closed" if rules.customer_gone_to == "closed" else "desk_back_to_bot"
        notice = Reply(text(ending), author="system")
        await _change(pool, held, Change(rules.customer_gone_to, "customer_gone", notice=notice))
    elif silent > asked_after:
        key = f"silent:{held.conversation_id}:{held.told_seq}"
        await push(
            pool,
            Reply(text("customer_silent"), author="system"),
            key,
            conversation_id=held.conversation_id,
            owner_number=held.owner_number,
        )


async def _change(pool: Pool, held: Held, wanted: Change) -> None:
    try:
        await ownership.change(pool, held.conversation_id, wanted, held.owner_number)
    except TransitionRefused:
        return  # somebody did something in this moment
