"""退订: who wants no messages of our own accord by SMS.

《通信短信息服务管理规定》: refusing must be free and easy, and is obeyed. What the law or the
customer's own safety asks for (a demand before a supply cut, a payment that arrived, a code)
is no such message, and answers to what the customer writes are none either.
"""

from billing_client.services.reminders import TOPIC_OF
from channels.database import Pool

STORE = """
INSERT INTO channels.sms_opt_out (phone, said) VALUES (%s, %s)
ON CONFLICT (phone) DO NOTHING
"""
REMOVE = "DELETE FROM channels.sms_opt_out WHERE phone = %s"
FIND = "SELECT FROM channels.sms_opt_out WHERE phone = %s"


async def opt_out(pool: Pool, phone: str, said: str) -> None:
    """``said`` is kept as the proof of the wish, with its time."""
    async with pool.connection() as connection:
        await connection.execute(STORE, (phone, said[:50]))


async def opt_in(pool: Pool, phone: str) -> None:
    async with pool.connection() as connection:
        await connection.execute(REMOVE, (phone,))


async def unwanted(pool: Pool, phone: str, topic: str | None) -> bool:
    """Is the topic one that can be refused, and did this number?"""
    if topic not in TOPIC_OF:
        return False
    async with pool.connection() as connection:
        return await (await connection.execute(FIND, (phone,))).fetchone() is not None
