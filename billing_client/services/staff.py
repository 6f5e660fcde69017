"""Whether a person is there to take over."""

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import staff_duty


async def on_duty(connection: AsyncConnection) -> bool:
    query = select(exists().where(staff_duty.c.on_duty))
    return bool((await connection.execute(query)).scalar_one())
