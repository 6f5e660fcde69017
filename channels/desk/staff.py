"""Accounts of staff: a name, a password as an argon2id hash, a role, and a lock after wrong tries.

Parameters are argon2-cffi's own (RFC 9106, low memory). A try is counted before its password
is looked at, so that tries sent at once do not slip through.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from psycopg.errors import UniqueViolation

from channels.database import Pool

Role = Literal["agent", "supervisor"]
ROLES: tuple[Role, ...] = ("agent", "supervisor")

MOST_TRIES = 5
LOCKED_MINUTES = 15
SHORTEST_PASSWORD = 10  # characters
LONGEST_PASSWORD = 200
NAME = re.compile(r"[\w·]{1,20}")

_hasher = PasswordHasher()
# Compared with when nobody has the name, so that it takes as long as with a name.
_NOBODY = _hasher.hash("no one's")

COUNT_TRY = """
UPDATE channels.staff
   SET failed_tries = CASE WHEN locked_until <= now() THEN 1 ELSE failed_tries + 1 END,
       locked_until = CASE WHEN locked_until <= now() THEN NULL
                           WHEN failed_tries + 1 >= %(most)s
                           THEN now() + make_interval(mins => %(minutes)s) END
 WHERE staff_name = %(name)s AND active AND (locked_until IS NULL OR locked_until <= now())
   AND (%(demo_too)s OR NOT demo)
RETURNING staff_name, role, password_hash
"""

FORGET_TRIES = """
UPDATE channels.staff SET failed_tries = 0, locked_until = NULL WHERE staff_name = %s
"""

ADD = """
INSERT INTO channels.staff (staff_name, password_hash, role, demo) VALUES (%s, %s, %s, %s)
"""

NEW_HASH = """
UPDATE channels.staff SET password_hash = %s, failed_tries = 0, locked_until = NULL, demo = false
 WHERE staff_name = %s AND active RETURNING staff_name
"""

DISMISS = "UPDATE channels.staff SET active = false WHERE staff_name = %s RETURNING staff_name"
END_SESSIONS = """
UPDATE channels.staff_session SET ended_at = now() WHERE staff_name = %s AND ended_at IS NULL
"""


@dataclass(frozen=True)
class Staff:
    """A member of staff who proved to be one. ``name`` is shown to customers too."""

    name: str
    role: Role


class StaffRefused(Exception):
    """A name or password that cannot be taken. ``code`` names the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def check(pool: Pool, name: str, password: str, *, demo_too: bool) -> Staff | None:
    """The member of staff with this name and password; None when wrong or locked out."""
    parameters = {"name": name, "most": MOST_TRIES, "minutes": LOCKED_MINUTES, "demo_too": demo_too}
    async with pool.connection() as connection:
        row = await (await connection.execute(COUNT_TRY, parameters)).fetchone()
    fits = await asyncio.to_thread(_fits, row[2] if row else _NOBODY, password)
    if row is None or not fits:
        return None
    async with pool.connection() as connection:
        await connection.execute(FORGET_TRIES, (name,))
    return Staff(row[0], row[1])


async def add(pool: Pool, name: str, role: Role, password: str, *, demo: bool = False) -> None:
    """Raises ``StaffRefused``: bad_name, name_taken, password_short, password_long."""
    if not NAME.fullmatch(name):
        raise StaffRefused("bad_name")
    hashed = await hashed_password(password)
    async with pool.connection() as connection:
        try:
            await connection.execute(ADD, (name, hashed, role, demo))
        except UniqueViolation:
            raise StaffRefused("name_taken") from None


async def set_password(pool: Pool, name: str, password: str) -> None:
    """A new password ends the lock and every session. Raises ``StaffRefused``."""
    hashed = await hashed_password(password)
    async with pool.connection() as connection:
        row = await (await connection.execute(NEW_HASH, (hashed, name))).fetchone()
        if row is None:
            raise StaffRefused("no_such_name")
        await connection.execute(END_SESSIONS, (name,))


async def dismiss(pool: Pool, name: str) -> None:
    """The name can no longer log in; what it did keeps its name. Raises ``StaffRefused``."""
    async with pool.connection() as connection:
        row = await (await connection.execute(DISMISS, (name,))).fetchone()
        if row is None:
            raise StaffRefused("no_such_name")
        await connection.execute(END_SESSIONS, (name,))


async def hashed_password(password: str) -> str:
    """Raises ``StaffRefused`` for a password that is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffRefused("password_short")
    if len(password) > LONGEST_PASSWORD:
        raise StaffRefused("password_long")
    return await asyncio.to_thread(_hasher.hash, password)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
