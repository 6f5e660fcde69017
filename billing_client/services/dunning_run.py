"""The dunning run: each account in a transaction of its own, each step once.

A step is the row of its case and stage, written with its notices: a run that is killed
leaves an account either before the step or after it, and the next run goes on there.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, insert, select, union, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from billing_client.domain import dunning
from billing_client.domain.dunning import Hold, Stage
from billing_client.domain.service_order import RUNNING
from billing_client.services import dunning_facts, order_handling, service_orders
from billing_client.services.account_notices import Message, tell_chats, tell_phone
from billing_client.services.quiet_hours import quiet
from billing_client.services.service_orders import NewOrder
from billing_client.store import clock
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, bill, dunning_case, dunning_step, service_order
from billing_client.views import Caller

OFFICE = Caller("staff", "dunning")  # who opens the orders
ACTOR = "job:dunning"
TOPIC = "dunning_notice"
CUT, RECONNECTION = "supply_cut", "reconnection"
QUIET, CLOSED, NOTHING, RECONNECT = "quiet", "closed", "nothing", "reconnect"


async def run(engine: AsyncEngine) -> Counter[str]:
    """One pass over all accounts that are overdue or have a case; how many had which outcome.

    Outcomes: the code of the step taken, ``held_<reason>``, reconnect, closed, nothing; quiet
    at night.
    """
    async with engine.connect() as connection:
        now = await clock.now(connection)
        if await quiet(connection, now):
            return Counter({QUIET: 1})
        account_nos = await _candidates(connection, now.astimezone(SHANGHAI).date())
    outcomes: Counter[str] = Counter()
    for account_no in account_nos:
        async with engine.begin() as connection:
            await acting_as(connection, ACTOR)
            outcomes[await handle(connection, account_no, now)] += 1
    return outcomes


async def handle(connection: AsyncConnection, account_no: str, now: datetime) -> str:
    """Take the account's next step if it is due. Safe to repeat and to run twice at once."""
    await lock_account(connection, account_no)
    today = now.astimezone(SHANGHAI).date()
    case = await dunning_facts.open_case(connection, account_no)
    standing = await dunning_facts.facts(connection, account_no, case, today)
    if standing.overdue_fen == 0:
        return await _close(connection, account_no, case, now)
    if standing.plan_running and await _reconnect_if_cut(connection, account_no, now):
        return RECONNECT
    agreed = await dunning_facts.rule(connection)
    step = dunning.next_step(standing, agreed, today)
    if step is None:
        return NOTHING
    if isinstance(step, Hold):
        return f"held_{step}"
    if case is None:
        case = await _open(connection, account_no, today)
    await _take(connection, case, agreed.stages, step, now)
    return step.code


async def _candidates(connection: AsyncConnection, today: date) -> list[str]:
    overdue = select(bill.c.account_no).where(
        bill.c.due_on < today, bill.c.paid_fen < bill.c.total_fen + bill.c.late_fee_fen
    )
    cases = select(dunning_case.c.account_no).where(dunning_case.c.closed_at.is_(None))
    cut = select(account.c.account_no).where(account.c.supply_state == "cut")
    return sorted((await connection.execute(union(overdue, cases, cut))).scalars())


async def _open(connection: AsyncConnection, account_no: str, today: date) -> RowMapping:
    statement = insert(dunning_case).values(account_no=account_no, opened_on=today)
    return (await connection.execute(statement.returning(dunning_case))).mappings().one()


async def _take(
    connection: AsyncConnection,
    case: RowMapping,
    stages: tuple[Stage, ...],
    stage: Stage,
    now: datetime,
) -> None:
    account_no, today = case["account_no"], now.astimezone(SHANGHAI).date()
    fen, _, periods = await dunning_facts.overdue(connection, account_no, today)
    key = {"account_no": account_no, "case_id": case["case_id"], "stage": stage.code}
    claimed = upsert(dunning_step).values(**key, taken_at=now, overdue_fen=fen)
    statement = claimed.on_conflict_do_nothing().returning(dunning_step.c.stage)
    if (await connection.execute(statement)).first() is None:
        return
    ticket_no = await _order(connection, account_no, stage.order, now) if stage.order else None
    pay_by = today + _wait_after(stages, stage, await _class(connection, account_no))
    payload: dict[str, Any] = {
        "text": _text(stage, account_no, fen, periods, pay_by),
        "stage": stage.code,
        "overdue_fen": fen,
        "pay_by_on": pay_by.isoformat(),
    }
    mark = f"dunning:{account_no}:{case['case_id']}:{stage.code}"
    message = Message(TOPIC, mark, payload)
    keys: list[str] = []
    if "chats" in stage.channels:
        keys += await tell_chats(connection, account_no, message)
    if "phone" in stage.channels:
        keys += await tell_phone(connection, account_no, message)
    await connection.execute(
        update(dunning_step).filter_by(**key).values(notices=keys, ticket_no=ticket_no)
    )


def _text(stage: Stage, account_no: str, fen: int, periods: tuple[str, ...], pay_by: date) -> str:
    """The customer's text of the data, with its figures."""
    months = "、".join(f"{period[:4]}年{int(period[5:])}月" for period in periods)
    yuan, rest = divmod(fen, 100)
    return stage.text.format(
        account_no=account_no,
        overdue=f"{yuan}.{rest:02d}",
        periods=months,
        pay_by=f"{pay_by.month}月{pay_by.day}日",
    )


def _wait_after(stages: tuple[Stage, ...], stage: Stage, customer_class: str) -> timedelta:
    """How long the customer has before the step after this one."""
    place = stages.index(stage) + 1
    return stages[place].wait(customer_class) if place < len(stages) else timedelta()


async def _class(connection: AsyncConnection, account_no: str) -> str:
    query = select(account.c.customer_class).where(account.c.account_no == account_no)
    return (await connection.execute(query)).scalar_one()


async def _order(connection: AsyncConnection, account_no: str, kind: str, now: datetime) -> str:
    query = select(account.c.address, account.c.phone).where(account.c.account_no == account_no)
    address, phone = (await connection.execute(query)).one()
    order = NewOrder(
        kind=kind,
        place=f"{address} 户号{account_no}",
        severity="minor",
        phone=phone,
        account_no=account_no,
        details={"account_no": account_no, "by": "dunning"},
    )
    return (await service_orders.open_order(connection, OFFICE, order, now)).ticket_no


async def _close(
    connection: AsyncConnection, account_no: str, case: RowMapping | None, now: datetime
) -> str:
    """Nothing is overdue any more: a waiting cut is called off, a cut supply comes back."""
    waiting = select(service_order.c.ticket_no).where(
        service_order.c.account_no == account_no,
        service_order.c.kind == CUT,
        service_order.c.state.in_(RUNNING),
    )
    for ticket_no in list((await connection.execute(waiting)).scalars()):
        await order_handling.cancel(connection, ticket_no, "欠费已缴清", ACTOR, now)
    await _reconnect_if_cut(connection, account_no, now)
    if case is None:
        return NOTHING
    await connection.execute(
        update(dunning_case)
        .where(dunning_case.c.account_no == account_no, dunning_case.c.case_id == case["case_id"])
        .values(closed_at=now)
    )
    return CLOSED


async def _reconnect_if_cut(connection: AsyncConnection, account_no: str, now: datetime) -> bool:
    """Order the water back on, once: nothing is overdue, or a plan is agreed."""
    state = select(account.c.supply_state).where(account.c.account_no == account_no)
    if (await connection.execute(state)).scalar_one() != "cut":
        return False
    await _order(connection, account_no, RECONNECTION, now)
    return True


async def approve(
    connection: AsyncConnection, account_no: str, by: str, document: str, now: datetime
) -> bool:
    """A person allows the cut, with the document it rests on; False without an open case."""
    await acting_as(connection, by)
    statement = (
        update(dunning_case)
        .where(dunning_case.c.account_no == account_no, dunning_case.c.closed_at.is_(None))
        .values(approved_by=by, approved_at=now, approval_document=document)
        .returning(dunning_case.c.case_id)
    )
    return (await connection.execute(statement)).first() is not None
