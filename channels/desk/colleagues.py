"""Who works at the desk: for passing on, and for the supervisor's page with load and locks."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from channels.database import Pool
from channels.desk.parts import DeskRefused, page, parts_of
from channels.desk.staff import FORGET_TRIES

# Here: a session in use within the last minutes, pages that fetch by themselves not counted.
ALL = """
SELECT m.staff_name, m.role, m.locked_until > now(),
       (SELECT max(s.used_at) FROM channels.staff_session s
         WHERE s.staff_name = m.staff_name AND s.ended_at IS NULL),
       (SELECT count(*) FROM channels.conversation c
         WHERE c.owner = 'agent' AND c.agent = m.staff_name)
  FROM channels.staff m WHERE m.active ORDER BY m.role, m.staff_name
"""
IS_THERE = "SELECT 1 FROM channels.staff WHERE staff_name = %s AND active"


@dataclass(frozen=True)
class Colleague:
    name: str
    role: str
    locked: bool
    used_at: datetime | None
    conversations: int


async def all_of(pool: Pool) -> list[Colleague]:
    async with pool.connection() as connection:
        rows = await (await connection.execute(ALL)).fetchall()
    return [Colleague(name, role, bool(locked), at, n) for name, role, locked, at, n in rows]


async def is_there(pool: Pool, name: str) -> bool:
    async with pool.connection() as connection:
        return await (await connection.execute(IS_THERE, (name,))).fetchone() is not None


async def show(request: web.Request) -> web.StreamResponse:
    return page(request, "colleagues.html", colleagues=await all_of(parts_of(request).pool))


async def unlock(request: web.Request) -> web.StreamResponse:
    """Let a locked-out colleague try again."""
    pool, name = parts_of(request).pool, str((await request.post()).get("name", ""))
    if not await is_there(pool, name):
        raise DeskRefused("no_such_staff")
    async with pool.connection() as connection:
        await connection.execute(FORGET_TRIES, (name,))
    raise web.HTTPSeeOther("/desk/colleagues")
