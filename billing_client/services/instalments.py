"""Instalment plans: what an account may agree to, agreeing, and how a plan stands.

A plan names the bills it covers. What is paid of it is never stored twice: it is the
plan's sum less what these bills still owe, so every way of paying counts, oldest part first.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain import instalment
from billing_client.domain.instalment import InstalmentRule, Part, Situation
from billing_client.domain.payment import LIVE
from billing_client.errors import InstalmentRefused, KeyReused
from billing_client.services import late_fees
from billing_client.services.allocation import open_bills
from billing_client.store import settings
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, bill, instalment_plan, payment_order
from billing_client.views import InstalmentChoiceView, InstalmentOfferView, InstalmentView

INSTALMENTS = "instalments"  # the setting; it overrides entries of the shipped file
SHIPPED = Path(__file__).parents[1] / "standards" / "instalments.json"
ACTIVE, DONE, BROKEN = "ACTIVE", "DONE", "BROKEN"


async def offer(connection: AsyncConnection, account_no: str, today: date) -> InstalmentOfferView:
    """Every number of parts that the account may choose, with dates and amounts."""
    agreed = await rule(connection)
    bills, fees = await _owed(connection, account_no, today)
    total_fen = _open_fen(bills, fees)
    situation = await _situation(connection, account_no, total_fen)
    reason = instalment.why_not(situation, agreed, today)
    counts = () if reason else instalment.part_counts(total_fen, agreed)
    return InstalmentOfferView(
        account_no=account_no,
        why_not=reason,
        total_fen=total_fen,
        periods=tuple(sorted({row["period"] for row in bills})),
        choices=tuple(
            InstalmentChoiceView(count, _shown(instalment.plan(total_fen, count, today)))
            for count in counts
        ),
        broken_after_days=agreed.broken_after_days,
        least_total_fen=agreed.least_total_fen,
    )


async def agree(
    connection: AsyncConnection, account_no: str, count: int, key: str, now: datetime
) -> InstalmentView:
    """Split all that is owed into ``count`` parts; the late fee until today is posted with it.

    The same key again returns the same plan. Raises InstalmentRefused and KeyReused.
    """
    await lock_account(connection, account_no)
    today = now.date()
    known = await _by_key(connection, account_no, key)
    if known is not None:
        if len(known["parts"]) != count:
            raise KeyReused
        return await _view(connection, known, today)
    offered = await offer(connection, account_no, today)
    if offered.why_not is not None:
        raise InstalmentRefused(reason=offered.why_not)
    parts = next((it.parts for it in offered.choices if it.count == count), None)
    if parts is None:
        raise InstalmentRefused(reason="bad_count")
    bills = await open_bills(connection, account_no)
    await late_fees.post_accrued(connection, account_no, bills, now)
    statement = insert(instalment_plan).values(
        account_no=account_no,
        plan_no=await _next_number(connection, account_no, today),
        total_fen=offered.total_fen,
        state=ACTIVE,
        parts=list(parts),
        bill_ids=[row["bill_id"] for row in bills],
        agreed_on=today,
        idempotency_key=key,
    )
    row = (await connection.execute(statement.returning(instalment_plan))).mappings().one()
    return await _view(connection, row, today)


async def current(
    connection: AsyncConnection, account_no: str, today: date
) -> InstalmentView | None:
    """The running plan, else the latest one, else None."""
    query = (
        select(instalment_plan)
        .where(instalment_plan.c.account_no == account_no)
        .order_by((instalment_plan.c.state == ACTIVE).desc(), instalment_plan.c.created_at.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else await _view(connection, row, today)


async def parts_of(connection: AsyncConnection, plan: RowMapping, today: date) -> tuple[Part, ...]:
    """The parts with what has been paid of them until now."""
    query = select(bill).where(
        bill.c.account_no == plan["account_no"], bill.c.bill_id.in_(plan["bill_ids"])
    )
    bills = list((await connection.execute(query)).mappings())
    # A plan that broke stands as it ended; what has accrued since is no part of it.
    until = min(today, plan["ended_on"] or today)
    open_fen = _open_fen(bills, await late_fees.accrued(connection, bills, until))
    return instalment.with_paid(_parts(plan["parts"]), plan["total_fen"] - open_fen)


async def rule(connection: AsyncConnection) -> InstalmentRule:
    stored = {**_shipped(), **(await settings.read(connection, INSTALMENTS) or {})}
    names = ("least_total_fen", "least_part_fen", "most_parts", "broken_after_days")
    return InstalmentRule(
        **{name: int(stored[name]) for name in names},
        wait_after_broken_days=int(stored["wait_after_broken_days"]),
        classes=frozenset(stored["classes"]),
    )


async def _owed(
    connection: AsyncConnection, account_no: str, today: date
) -> tuple[list[RowMapping], dict[int, int]]:
    bills = await open_bills(connection, account_no)
    return bills, await late_fees.accrued(connection, bills, today)


def _open_fen(bills: Sequence[RowMapping], fees: dict[int, int]) -> int:
    return sum(row["total_fen"] + fees[row["bill_id"]] - row["paid_fen"] for row in bills)


async def _situation(connection: AsyncConnection, account_no: str, owed_fen: int) -> Situation:
    asked = select(account.c.customer_class, account.c.supply_state).where(
        account.c.account_no == account_no
    )
    customer_class, supply_state = (await connection.execute(asked)).one()
    plans = select(
        func.bool_or(instalment_plan.c.state == ACTIVE),
        func.max(instalment_plan.c.ended_on).filter(instalment_plan.c.state == BROKEN),
    ).where(instalment_plan.c.account_no == account_no)
    running, broken_on = (await connection.execute(plans)).one()
    pending = select(payment_order.c.order_no).where(
        payment_order.c.account_no == account_no, payment_order.c.state.in_(LIVE)
    )
    waiting = (await connection.execute(pending.limit(1))).first()
    return Situation(
        owed_fen=owed_fen,
        customer_class=customer_class,
        supply_state=supply_state,
        plan_running=bool(running),
        last_broken_on=broken_on,
        payment_pending=waiting is not None,
    )


async def _by_key(connection: AsyncConnection, account_no: str, key: str) -> RowMapping | None:
    query = select(instalment_plan).where(
        instalment_plan.c.account_no == account_no, instalment_plan.c.idempotency_key == key
    )
    return (await connection.execute(query)).mappings().first()


async def _next_number(connection: AsyncConnection, account_no: str, today: date) -> str:
    """FQ, account, day and how many plans the account has had; its lock keeps it single."""
    query = select(func.count()).where(instalment_plan.c.account_no == account_no)
    count = int((await connection.execute(query)).scalar_one())
    return f"FQ{account_no}-{today:%Y%m%d}-{count + 1}"


async def _view(connection: AsyncConnection, row: RowMapping, today: date) -> InstalmentView:
    parts = await parts_of(connection, row, today)
    open_fen = sum(part.open_fen for part in parts)
    upcoming = next((part for part in parts if part.open_fen), None)
    return InstalmentView(
        plan_no=row["plan_no"],
        total_fen=row["total_fen"],
        state=DONE if row["state"] == ACTIVE and not open_fen else row["state"],
        parts=_shown(parts),
        open_fen=open_fen,
        next_due_on=upcoming.due_on if upcoming else None,
        next_fen=upcoming.open_fen if upcoming else None,
        agreed_on=row["agreed_on"],
    )


def _shown(parts: Sequence[Part]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "due_on": part.due_on.isoformat(),
            "amount_fen": part.amount_fen,
            "paid_fen": part.paid_fen,
        }
        for part in parts
    )


def _parts(stored: Sequence[dict[str, Any]]) -> tuple[Part, ...]:
    return tuple(Part(date.fromisoformat(it["due_on"]), it["amount_fen"]) for it in stored)


@cache
def _shipped() -> dict[str, Any]:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))
