"""Puts the demo's staff into the database."""

from channels.database import Pool, open_pool
from channels.desk import staff
from channels.desk.demo_people import DEMO_STAFF, DemoStaff
from channels.desk.staff import StaffRefused


async def ensure(database_url: str) -> None:
    """Make those who are not there yet; who changed a password keeps it."""
    pool = await open_pool(database_url, max_size=1)
    try:
        for one in DEMO_STAFF:
            await _ensure(pool, one)
    finally:
        await pool.close()


async def _ensure(pool: Pool, one: DemoStaff) -> None:
    async with pool.connection() as connection:
        query = "SELECT 1 FROM channels.staff WHERE staff_name = %s"
        if await (await connection.execute(query, (one.name,))).fetchone():
            return
    try:
        await staff.add(pool, one.name, one.role, one.password, demo=True)
    except StaffRefused:
        return  # another start made it meanwhile
