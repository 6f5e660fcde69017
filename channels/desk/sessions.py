"""Sessions of staff in the database: a random token in a cookie, its hash in a row.

A session ends by logging out, after idle time, after a working day, and with the account.
What a page fetches by itself does not count as use, or no session would ever be idle; it
only shows that a browser is there.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from channels.database import Pool
from channels.desk.staff import Staff

IDLE_MINUTES = 30
LONGEST_HOURS = 12
TOKEN_BYTES = 32
CSRF_PURPOSE = b"csrf"

BEGIN = "INSERT INTO channels.staff_session (token_hash, staff_name) VALUES (%s, %s)"

FIND = """
SELECT s.staff_name, m.role, s.used_at < now() - interval '1 minute',
       s.seen_at < now() - interval '10 seconds'
  FROM channels.staff_session s JOIN channels.staff m USING (staff_name)
 WHERE s.token_hash = %(token_hash)s AND s.ended_at IS NULL AND m.active
   AND s.used_at > now() - make_interval(mins => %(idle)s)
   AND s.created_at > now() - make_interval(hours => %(longest)s)
"""

USED = "UPDATE channels.staff_session SET used_at = now(), seen_at = now() WHERE token_hash = %s"
SEEN = "UPDATE channels.staff_session SET seen_at = now() WHERE token_hash = %s"
END = "UPDATE channels.staff_session SET ended_at = now() WHERE token_hash = %s"
FORGET_OLD = """
DELETE FROM channels.staff_session WHERE created_at < now() - interval '7 days'
"""


@dataclass(frozen=True)
class Session:
    """Who is logged in, and by which token."""

    staff: Staff
    token: str

    @property
    def csrf(self) -> str:
        """What every form of this session carries; nobody without the cookie can compute it."""
        return hmac.new(self.token.encode(), CSRF_PURPOSE, hashlib.sha256).hexdigest()

    def csrf_fits(self, given: object) -> bool:
        return isinstance(given, str) and hmac.compare_digest(self.csrf.encode(), given.encode())


async def begin(pool: Pool, staff: Staff) -> Session:
    """A new session with a token of its own, whatever cookie the browser brought."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    async with pool.connection() as connection:
        await connection.execute(FORGET_OLD)
        await connection.execute(BEGIN, (_hash(token), staff.name))
    return Session(staff, token)


async def find(pool: Pool, token: str | None, *, in_use: bool) -> Session | None:
    """The living session of the token; ``in_use`` keeps it from becoming idle."""
    if not token:
        return None
    parameters = {"token_hash": _hash(token), "idle": IDLE_MINUTES, "longest": LONGEST_HOURS}
    async with pool.connection() as connection:
        row = await (await connection.execute(FIND, parameters)).fetchone()
        if row is None:
            return None
        if in_use and row[2]:
            await connection.execute(USED, (_hash(token),))
        elif row[3]:
            await connection.execute(SEEN, (_hash(token),))
    return Session(Staff(row[0], row[1]), token)


async def end(pool: Pool, session: Session) -> None:
    async with pool.connection() as connection:
        await connection.execute(END, (_hash(session.token),))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
