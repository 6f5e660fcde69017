"""Which account a customer means: today's number, an old form of it, or another old number."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.account_number import candidates, parse
from billing_client.store import settings
from billing_client.store.tables import account, account_alias

NUMBER_FORMAT = "account_no_format"  # the setting that ``domain/account_number.parse`` reads


async def resolve(connection: AsyncConnection, said: str) -> str | None:
    """The account that a customer means: its number, an old form of it, or an old number."""
    known = parse(await settings.read(connection, NUMBER_FORMAT))
    for number in candidates(said, known):
        query = select(account.c.account_no).where(account.c.account_no == number)
        if (await connection.execute(query)).first() is not None:
            return number
    query = select(account_alias.c.account_no).where(account_alias.c.old_no == said.strip())
    return (await connection.execute(query)).scalar_one_or_none()
