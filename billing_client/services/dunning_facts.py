"""The dunning rule in force, and how an account stands against it."""

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain import dunning
from billing_client.domain.dunning import Facts, Hold, Rule
from billing_client.domain.payment import LIVE
from billing_client.domain.service_order import RUNNING
from billing_client.services import late_fees
from billing_client.services.allocation import open_bills
from billing_client.services.late_fee_exceptions import DISPUTES
from billing_client.store import settings
from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import (
    account,
    dunning_case,
    dunning_step,
    instalment_plan,
    notice,
    payment_order,
    service_order,
)

DUNNING = "dunning"  # the setting; it overrides entries of the shipped file
SHIPPED = Path(__file__).parents[1] / "standards" / "dunning.json"


async def rule(connection: AsyncConnection) -> Rule:
    return dunning.parse({**_shipped(), **(await settings.read(connection, DUNNING) or {})})


async def open_case(connection: AsyncConnection, account_no: str) -> RowMapping | None:
    query = select(dunning_case).where(
        dunning_case.c.account_no == account_no, dunning_case.c.closed_at.is_(None)
    )
    return (await connection.execute(query)).mappings().first()


async def overdue(
    connection: AsyncConnection, account_no: str, today: date
) -> tuple[int, date | None, tuple[str, ...]]:
    """Fen overdue with late fees, the oldest due day, and the periods."""
    bills = [row for row in await open_bills(connection, account_no) if row["due_on"] < today]
    fees = await late_fees.accrued(connection, bills, today)
    fen = sum(row["total_fen"] + fees[row["bill_id"]] - row["paid_fen"] for row in bills)
    oldest = min((row["due_on"] for row in bills), default=None)
    return fen, oldest, tuple(sorted({row["period"] for row in bills}))


async def facts(
    connection: AsyncConnection, account_no: str, case: RowMapping | None, today: date
) -> Facts:
    fen, oldest, _ = await overdue(connection, account_no, today)
    holder = await _one(connection, select(account).where(account.c.account_no == account_no))
    assert holder is not None, account_no
    taken, delivered = await _steps(connection, case)
    plan = select(instalment_plan.c.plan_no).where(
        instalment_plan.c.account_no == account_no, instalment_plan.c.state == "ACTIVE"
    )
    dispute = select(service_order.c.ticket_no).where(
        service_order.c.account_no == account_no,
        service_order.c.kind.in_(DISPUTES),
        service_order.c.state.in_(RUNNING),
    )
    pending = select(payment_order.c.order_no).where(
        payment_order.c.account_no == account_no, payment_order.c.state.in_(LIVE)
    )
    return Facts(
        customer_class=holder["customer_class"],
        low_income=holder["low_income"],
        supply_on=holder["supply_state"] == "on",
        overdue_fen=fen,
        oldest_due_on=oldest,
        disputed=await _one(connection, dispute) is not None,
        plan_running=await _one(connection, plan) is not None,
        payment_pending=await _one(connection, pending) is not None,
        approved=case is not None and case["approved_at"] is not None,
        taken=taken,
        delivered=delivered,
    )


async def why_not_cut(connection: AsyncConnection, account_no: str, now: datetime) -> Hold | None:
    """What forbids cutting the supply at this moment; None when it may be cut."""
    today = now.astimezone(SHANGHAI).date()
    agreed = await rule(connection)
    case = await open_case(connection, account_no)
    standing = await facts(connection, account_no, case, today)
    if case is None or standing.overdue_fen < agreed.least_overdue_fen:
        return Hold.NOT_APPROVED
    last = next(stage for stage in agreed.stages if stage.order is not None)
    return dunning.why_held(standing, agreed, last, today)


async def _steps(
    connection: AsyncConnection, case: RowMapping | None
) -> tuple[dict[str, date], dict[str, date]]:
    """The day of each step, and the day on which the first of its notices was handed over."""
    if case is None:
        return {}, {}
    query = select(dunning_step).where(
        dunning_step.c.account_no == case["account_no"],
        dunning_step.c.case_id == case["case_id"],
    )
    steps = list((await connection.execute(query)).mappings())
    keys = [key for step in steps for key in step["notices"]]
    pushed = select(notice.c.dedupe, notice.c.pushed_at).where(
        notice.c.dedupe.in_(keys), notice.c.pushed_at.is_not(None)
    )
    arrived = {row.dedupe: row.pushed_at for row in await connection.execute(pushed)}
    taken: dict[str, date] = {}
    delivered: dict[str, date] = {}
    for step in steps:
        taken_on = step["taken_at"].astimezone(SHANGHAI).date()
        taken[step["stage"]] = taken_on
        moments = [arrived[key] for key in step["notices"] if key in arrived]
        if moments:
            # A notice is never there before its step; the demo's clock may run ahead.
            first = min(moments).astimezone(SHANGHAI).date()
            delivered[step["stage"]] = max(first, taken_on)
    return taken, delivered


async def _one(connection: AsyncConnection, query: Any) -> RowMapping | None:
    return (await connection.execute(query.limit(1))).mappings().first()


@cache
def _shipped() -> dict[str, Any]:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))
