"""Instalment plans, to be read."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.tables import instalment_plan
from billing_client.views import InstalmentView


async def current(connection: AsyncConnection, account_no: str) -> InstalmentView | None:
    """The running plan, else the latest one, else None."""
    query = (
        select(instalment_plan)
        .where(instalment_plan.c.account_no == account_no)
        .order_by((instalment_plan.c.state == "ACTIVE").desc(), instalment_plan.c.created_at.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    return InstalmentView(
        plan_no=row["plan_no"],
        total_fen=row["total_fen"],
        state=row["state"],
        parts=tuple(row["parts"]),
    )
