"""What those who wait are told: their place and how long it takes, or a ticket out of hours."""

from dataclasses import dataclass
from datetime import UTC, datetime

from channels import ownership
from channels.database import Pool
from channels.desk import board, tickets, waiting_times, wording
from channels.desk.board import Row
from channels.desk.marks import is_urgent
from channels.desk.rules import Rules
from channels.desk.waiting_times import Range
from channels.messages import Reply
from channels.ownership import Change, TransitionRefused
from channels.push import push
from channels.texts import text

SOMEBODY_HERE = """
SELECT EXISTS (SELECT FROM channels.staff_session s JOIN channels.staff m USING (staff_name)
                WHERE s.ended_at IS NULL AND m.active
                  AND s.seen_at > now() - make_interval(mins => %(gone)s)
                  AND s.used_at > now() - interval '30 minutes')
"""

# Told on arrival; again when the place has changed and some time has passed. Channels that
# count our messages hear it once.
TO_TELL = """
INSERT INTO channels.queue_place AS p (conversation_id, owner_number, place)
SELECT conversation_id, owner_number, %(place)s FROM channels.conversation c
 WHERE conversation_id = %(conversation_id)s AND owner = 'queue'
ON CONFLICT (conversation_id, owner_number)
DO UPDATE SET place = excluded.place, told = p.told + 1, told_at = now()
 WHERE p.place <> excluded.place AND p.told_at < now() - make_interval(mins => %(again)s)
   AND (SELECT pulled FROM channels.conversation c WHERE c.conversation_id = p.conversation_id)
RETURNING owner_number, told
"""
FALSE_ROW = (False,)


@dataclass(frozen=True)
class Waiting:
    """One who waits; ``place`` counts from 1."""

    row: Row
    place: int


async def tell_all(pool: Pool, rules: Rules, now: datetime | None = None) -> None:
    """Tell everybody in the queue what is due to be told."""
    newest = await board.read(pool)
    if not newest.waiting:
        return
    at = now or datetime.now(UTC)
    is_open = rules.hours.open_at(at) or await _somebody_here(pool, rules)
    lately = await waiting_times.recent(pool, rules.waiting_time_from, rules.waiting_time_hours)
    for place, row in enumerate(newest.waiting, start=1):
        if is_open or is_urgent(row.marks):
            await _tell_place(pool, rules, Waiting(row, place), lately)
        else:
            await _give_ticket(pool, rules, row, at)


async def _somebody_here(pool: Pool, rules: Rules) -> bool:
    async with pool.connection() as connection:
        cursor = await connection.execute(SOMEBODY_HERE, {"gone": rules.agent_gone_minutes})
        return bool((await cursor.fetchone() or FALSE_ROW)[0])


async def _tell_place(pool: Pool, rules: Rules, one: Waiting, lately: Range | None) -> None:
    conversation_id = one.row.conversation_id
    parameters = {
        "conversation_id": conversation_id,
        "place": one.place,
        "again": rules.place_again_minutes,
    }
    async with pool.connection() as connection:
        row = await (await connection.execute(TO_TELL, parameters)).fetchone()
    if row is None:
        return
    owner_number, told = row
    said = Reply(place_in_words(one, lately), author="system")
    key = f"place:{conversation_id}:{owner_number}:{told}"
    await push(pool, said, key, conversation_id=conversation_id, owner_number=owner_number)


def place_in_words(one: Waiting, lately: Range | None) -> str:
    if is_urgent(one.row.marks):
        return text("queue_urgent")
    place = text("queue_next") if one.place == 1 else text("queue_place")
    said = place.format(before=one.place - 1)
    if lately is None:
        return said
    if lately.shortest == lately.longest:
        return said + text("queue_time_about").format(minutes=lately.longest)
    return said + text("queue_time").format(shortest=lately.shortest, longest=lately.longest)


async def _give_ticket(pool: Pool, rules: Rules, row: Row, at: datetime) -> None:
    """The bot goes on meanwhile: nobody is left without an answer for a night."""
    ticket = await tickets.opened(pool, row.conversation_id, row.reason)
    opens = rules.hours.next_opening(at)
    said = text("ticket_opened").format(
        number=ticket.number, opens=wording.clock(opens, at) if opens else text("ticket_later")
    )
    wanted = Change("bot", "off_hours", notice=Reply(said, author="system"))
    try:
        await ownership.change(pool, row.conversation_id, wanted, row.owner_number)
    except TransitionRefused:
        return  # somebody took it in this moment
