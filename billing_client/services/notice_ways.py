"""When a notice cannot be delivered: the chats, then the phone on file, then the mail address.

Each way is a notice of its own whose ``dedupe`` names the message and the way, so that two
chats that fail lead to one SMS, and whoever was told by SMS already is not told again.
"""

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import mail
from billing_client.services.notices import ONE_TIME_CODE, write_notice
from billing_client.store.tables import account, notice

SMS, EMAIL = "sms", "email"
WAYS = (SMS, EMAIL)
PUSHED = ("wechat", "telegram", SMS)  # who is told there is told at once


async def failed(connection: AsyncConnection, notice_id: int) -> None:
    """Note it, and write the notice that goes the next way. Safe to repeat."""
    statement = (
        update(notice)
        .where(notice.c.notice_id == notice_id, notice.c.failed_at.is_(None))
        .values(failed_at=func.now())
        .returning(notice)
    )
    row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None or row["account_no"] is None or row["topic"] == ONE_TIME_CODE:
        return
    if await _told_otherwise(connection, row):
        return
    for way, address in (await _next_ways(connection, row)).items():
        if address is not None:
            await _write(connection, row, way, address)
            return


async def _next_ways(connection: AsyncConnection, row: RowMapping) -> dict[str, str | None]:
    """What is left, in order, with the address on file; mail only where there is a server."""
    query = select(account.c.phone, account.c.email).where(
        account.c.account_no == row["account_no"]
    )
    phone, email = (await connection.execute(query)).one()
    addresses = {SMS: phone, EMAIL: email if mail.settings_from() else None}
    left = WAYS[WAYS.index(row["channel"]) + 1 :] if row["channel"] in WAYS else WAYS
    return {way: addresses[way] for way in left}


async def _told_otherwise(connection: AsyncConnection, row: RowMapping) -> bool:
    """Is the same message on its way, or delivered, by another push channel?"""
    query = select(notice.c.notice_id).where(
        notice.c.account_no == row["account_no"],
        notice.c.topic == row["topic"],
        notice.c.notice_id != row["notice_id"],
        notice.c.dedupe.startswith(_message(row) + ":", autoescape=True),
        notice.c.channel.in_(PUSHED),
        notice.c.failed_at.is_(None),
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def _write(connection: AsyncConnection, row: RowMapping, way: str, address: str) -> None:
    await write_notice(
        connection,
        row["topic"],
        f"{_message(row)}:{way}:{address}",
        payload=row["payload"],
        account_no=row["account_no"],
        channel=way,
        channel_user=address,
    )


def _message(row: RowMapping) -> str:
    """The key of what is told, without the chat it was told in."""
    return str(row["dedupe"]).removesuffix(f":{row['channel']}:{row['channel_user']}")
