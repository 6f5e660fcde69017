"""Every day: plans that are paid are done, plans that were not kept are broken."""

from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain import instalment
from billing_client.services import instalments
from billing_client.services.account_notices import Message, tell_chats
from billing_client.services.instalments import ACTIVE, BROKEN, DONE
from billing_client.store import clock
from billing_client.store.audit import acting_as
from billing_client.store.locks import lock_account
from billing_client.store.tables import instalment_plan

REMIND_BEFORE = timedelta(days=3)


async def keep_all(engine: AsyncEngine) -> int:
    """Look at every running plan, each in a transaction of its own; how many ended."""
    query = select(instalment_plan.c.account_no).where(instalment_plan.c.state == ACTIVE)
    async with engine.connect() as connection:
        account_nos = list((await connection.execute(query)).scalars())
    ended = 0
    for account_no in account_nos:
        async with engine.begin() as connection:
            await acting_as(connection, "job:instalments")
            ended += await keep(connection, account_no, await clock.now(connection))
    return ended


async def keep(connection: AsyncConnection, account_no: str, now: datetime) -> bool:
    """End the account's plan when it is paid or broken, else remind of the next part."""
    await lock_account(connection, account_no)
    query = select(instalment_plan).where(
        instalment_plan.c.account_no == account_no, instalment_plan.c.state == ACTIVE
    )
    plan = (await connection.execute(query)).mappings().first()
    if plan is None:
        return False
    today = now.date()
    parts = await instalments.parts_of(connection, plan, today)
    if not any(part.open_fen for part in parts):
        await _end(connection, plan, DONE, now)
        return True
    if instalment.broken(parts, today, await instalments.rule(connection)):
        await _end(connection, plan, BROKEN, now)
        return True
    coming = next(part for part in parts if part.open_fen)
    if today <= coming.due_on <= today + REMIND_BEFORE:
        figures = {"due_on": coming.due_on.isoformat(), "amount_fen": coming.open_fen}
        await _tell(connection, plan, "instalment_due", coming.due_on.isoformat(), figures)
    return False


async def _end(connection: AsyncConnection, plan: RowMapping, state: str, now: datetime) -> None:
    await connection.execute(
        update(instalment_plan)
        .where(instalment_plan.c.plan_no == plan["plan_no"])
        .values(state=state, ended_on=now.date())
    )
    await _tell(connection, plan, f"instalment_{state.lower()}", state, {})


async def _tell(
    connection: AsyncConnection,
    plan: RowMapping,
    topic: str,
    mark: str,
    figures: dict[str, str | int],
) -> None:
    payload = {
        "account_no": plan["account_no"],
        "plan_no": plan["plan_no"],
        "total_fen": plan["total_fen"],
        **figures,
    }
    message = Message(topic, f"{topic}:{plan['plan_no']}:{mark}", payload)
    await tell_chats(connection, plan["account_no"], message)
