"""Every SMS that was sent: its state, parts and price, its receipt, and how many a number got."""

from dataclasses import dataclass

from channels.database import Pool
from channels.sms.port import OutgoingSms, Receipt

# The row is made or found: of two attempts at one message the second finds the first's.
BEGIN = """
INSERT INTO channels.sms_sent AS s (out_id, phone, topic, parts, price_e4, state)
VALUES (%(out_id)s, %(phone)s, %(topic)s, %(parts)s, %(price_e4)s, 'sending')
ON CONFLICT (out_id) DO UPDATE SET out_id = s.out_id
RETURNING state, vendor_id, xmax <> 0
"""
END = "UPDATE channels.sms_sent SET state = %s, vendor_id = %s WHERE out_id = %s"
FORGET = "DELETE FROM channels.sms_sent WHERE out_id = %s AND state = 'sending'"

# 'Today' as the carriers count it: 24 hours back from now.
COUNT = """
SELECT count(*) FROM channels.sms_sent
 WHERE phone = %s AND began_at > now() - interval '24 hours' AND state <> 'refused'
   AND (topic IS NOT NULL) = %s
"""

# A receipt can come before the answer to the sending: it is found by our own number then.
RECEIPT = """
UPDATE channels.sms_sent
   SET receipt = %(code)s, delivered = %(delivered)s, receipt_at = now(), state = 'sent',
       vendor_id = coalesce(vendor_id, %(vendor_id)s)
 WHERE phone = %(phone)s AND delivered IS DISTINCT FROM true
   AND (out_id = %(out_id)s OR vendor_id = %(vendor_id)s)
RETURNING out_id
"""
# Failed afterwards, it is as if it had been refused: another channel tells it (reaching.py).
NOT_DELIVERED = """
UPDATE channels.outbox SET state = 'failed', last_error = %(code)s
 WHERE conversation_id = %(conversation_id)s AND seq = %(seq)s AND state = 'sent'
"""

COSTS = """
SELECT to_char(began_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM'), count(*), sum(parts),
       sum(price_e4), count(*) FILTER (WHERE delivered), count(*) FILTER (WHERE NOT delivered)
  FROM channels.sms_sent WHERE state <> 'refused' GROUP BY 1 ORDER BY 1 DESC LIMIT 12
"""


@dataclass(frozen=True)
class Attempt:
    """``unsure``: it was tried before, and no answer came. ``vendor_id``: it is out already."""

    unsure: bool
    vendor_id: str | None


@dataclass(frozen=True)
class MonthOfSms:
    """``price_e4`` in 1/10,000 yuan."""

    month: str
    messages: int
    parts: int
    price_e4: int
    delivered: int
    not_delivered: int


async def begin(pool: Pool, sms: OutgoingSms, parts: int, price_e4: int) -> Attempt:
    parameters = {
        "out_id": sms.out_id,
        "phone": sms.phone,
        "topic": sms.topic,
        "parts": parts,
        "price_e4": price_e4 * parts,
    }
    async with pool.connection() as connection:
        row = await (await connection.execute(BEGIN, parameters)).fetchone()
    assert row is not None
    state, vendor_id, existed = row
    return Attempt(bool(existed) and state == "sending", vendor_id if state == "sent" else None)


async def sent(pool: Pool, out_id: str, vendor_id: str) -> None:
    await _run(pool, END, ("sent", vendor_id, out_id))


async def refused(pool: Pool, out_id: str) -> None:
    await _run(pool, END, ("refused", None, out_id))


async def not_sent(pool: Pool, out_id: str) -> None:
    """The provider said that it did not take it: the next attempt begins anew."""
    await _run(pool, FORGET, (out_id,))


async def today(pool: Pool, phone: str, *, notices: bool) -> int:
    """How many the number got in 24 hours: notices, or else answers."""
    async with pool.connection() as connection:
        row = await (await connection.execute(COUNT, (phone, notices))).fetchone()
    return int(row[0]) if row else 0


async def note_receipt(pool: Pool, receipt: Receipt) -> None:
    """A repeat, or one that says less than what is known, changes nothing."""
    parameters = {
        "code": receipt.code[:100],
        "delivered": receipt.delivered,
        "vendor_id": receipt.vendor_id,
        "phone": receipt.phone,
        "out_id": receipt.out_id,
    }
    async with pool.connection() as connection, connection.transaction():
        rows = await (await connection.execute(RECEIPT, parameters)).fetchall()
        for (out_id,) in rows if not receipt.delivered else ():
            conversation_id, seq, _ = str(out_id).rsplit("-", 2)
            place = {"conversation_id": conversation_id, "seq": int(seq), "code": receipt.code}
            await connection.execute(NOT_DELIVERED, place)


async def costs(pool: Pool) -> list[MonthOfSms]:
    """By month of Asia/Shanghai, the newest first."""
    async with pool.connection() as connection:
        rows = await (await connection.execute(COSTS)).fetchall()
    return [MonthOfSms(str(row[0]), *(int(value) for value in row[1:])) for row in rows]


async def _run(pool: Pool, statement: str, values: tuple[object, ...]) -> None:
    async with pool.connection() as connection:
        await connection.execute(statement, values)  # pyright: ignore
