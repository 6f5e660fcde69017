"""Telling everyone who is bound to an account, and its phone on file."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services.notices import write_notice
from billing_client.store.tables import account, binding

SMS = "sms"


@dataclass(frozen=True)
class Message:
    """``key`` makes it single: with the same key nobody is told twice."""

    topic: str
    key: str
    payload: dict[str, Any]


async def tell_chats(connection: AsyncConnection, account_no: str, message: Message) -> list[str]:
    """One notice for each chat that the account is bound to; their dedupe keys."""
    query = (
        select(binding.c.channel, binding.c.channel_user)
        .where(binding.c.account_no == account_no)
        .order_by(binding.c.channel, binding.c.channel_user)
    )
    chats = (await connection.execute(query)).all()
    return [await _tell(connection, account_no, message, *chat) for chat in chats]


async def tell_phone(connection: AsyncConnection, account_no: str, message: Message) -> list[str]:
    """By SMS to the phone on file, whether it is bound or not."""
    query = select(account.c.phone).where(account.c.account_no == account_no)
    phone = (await connection.execute(query)).scalar_one()
    return [await _tell(connection, account_no, message, SMS, phone)]


async def _tell(
    connection: AsyncConnection, account_no: str, message: Message, channel: str, user: str
) -> str:
    dedupe = f"{message.key}:{channel}:{user}"
    await write_notice(
        connection,
        message.topic,
        dedupe,
        payload=message.payload,
        account_no=account_no,
        channel=channel,
        channel_user=user,
    )
    return dedupe
