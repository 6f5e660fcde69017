"""Issuing a bill: computed, posted and paid from prepaid balance in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.bill import ComputedBill, compute
from billing_client.domain.ledger import bill_postings
from billing_client.domain.period import due_on, first_day, issued_on
from billing_client.domain.tariff import Tariff
from billing_client.domain.tier_year import span_of
from billing_client.services import ledger, tariffs, terms, tiers
from billing_client.services.allocation import CREDIT, allocate
from billing_client.services.measuring import Stretch, stretches
from billing_client.services.notices import write_notice
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import (
    account,
    bill,
    bill_item,
    bill_line,
    bill_stretch,
    binding,
)

BILL_ISSUED = "bill_issued"


@dataclass(frozen=True)
class IssuedBill:
    bill_id: int
    total_fen: int
    new: bool  # False: the period had been billed before, nothing was changed


async def issue_bill(
    connection: AsyncConnection,
    account_no: str,
    period: str,
    *,
    notify: bool = False,
    issue_on: date | None = None,
    pay_by: date | None = None,
) -> IssuedBill:
    """Bill the account for a period ('2026-10') from its newest readings before the day of issue.

    Issued on the 5th of the next month and due a month later (``domain/period.py``); a final
    bill names its own days. Terms (persons, class) are those of the day that was read.
    Safe to repeat and to run twice at once. Raises NoReading.
    """
    await lock_account(connection, account_no)
    done = await _existing(connection, account_no, period)
    if done is not None:
        return IssuedBill(done["bill_id"], done["total_fen"], new=False)
    customer: dict[str, Any] = dict(await _customer(connection, account_no))
    issue_on, pay_by = issue_on or issued_on(period), pay_by or due_on(period)
    measured = await stretches(connection, account_no, issue_on)
    held = await terms.on_day(connection, account_no, max(part.read_to for part in measured))
    customer |= {"persons": held.persons, "customer_class": held.customer_class}
    tariff = await tariffs.in_force(connection, first_day(period))
    year_from, _ = span_of(first_day(period), tariff.period)
    prior_l = await tiers.used_l(connection, account_no, year_from, before=period)
    computed = compute(
        tariff,
        customer["customer_class"],
        persons=customer["persons"],
        prior_l=prior_l,
        used_l=sum(stretch.used_l for stretch in measured),
    )
    customer |= {"issued_on": issue_on, "due_on": pay_by}
    bill_id = await _store(connection, customer, period, measured, tariff, prior_l, computed)
    at = datetime.combine(issue_on, time(), SHANGHAI)
    lines = bill_postings(account_no, computed.items)
    await ledger.post(connection, "bill", str(bill_id), account_no, lines, at)
    await allocate(connection, account_no, CREDIT, (bill_id,), at)
    if notify:
        await _tell(connection, account_no, bill_id, period, computed.total_fen)
    return IssuedBill(bill_id, computed.total_fen, new=True)


async def _existing(connection: AsyncConnection, account_no: str, period: str) -> RowMapping | None:
    query = select(bill).where(bill.c.account_no == account_no, bill.c.period == period)
    return (await connection.execute(query)).mappings().first()


async def _customer(connection: AsyncConnection, account_no: str) -> RowMapping:
    query = select(account).where(account.c.account_no == account_no)
    return (await connection.execute(query)).mappings().one()


async def _store(
    connection: AsyncConnection,
    customer: Mapping[str, Any],
    period: str,
    measured: Sequence[Stretch],
    tariff: Tariff,
    prior_l: int,
    computed: ComputedBill,
) -> int:
    row = {
        **_measured(measured[0]),
        "account_no": customer["account_no"],
        "period": period,
        "used_l": sum(stretch.used_l for stretch in measured),
        "prior_l": prior_l,
        "persons": customer["persons"],
        "tariff_id": tariff.tariff_id,
        "customer_class": customer["customer_class"],
        "estimated": any(stretch.estimated for stretch in measured),
        "total_fen": computed.total_fen,
        "issued_on": customer["issued_on"],
        "due_on": customer["due_on"],
    }
    bill_id = int(
        (await connection.execute(insert(bill).values(row).returning(bill.c.bill_id))).scalar_one()
    )
    key = {"account_no": customer["account_no"], "bill_id": bill_id}
    await _store_parts(connection, key, computed)
    further = [key | _measured(stretch) for stretch in measured[1:]]
    if further:
        await connection.execute(insert(bill_stretch), further)
    return bill_id


def _measured(stretch: Stretch) -> dict[str, Any]:
    return {
        "meter_no": stretch.meter_no,
        "reading_from_l": stretch.from_l,
        "reading_to_l": stretch.to_l,
        "read_from": stretch.read_from,
        "read_to": stretch.read_to,
        "estimated": stretch.estimated,
    }


async def _store_parts(
    connection: AsyncConnection, key: dict[str, str | int], computed: ComputedBill
) -> None:
    items = [
        key
        | {
            "component": item.component,
            "component_name": item.name,
            "amount_fen": item.amount_fen,
        }
        for item in computed.items
    ]
    await connection.execute(insert(bill_item), items)
    lines = [
        key
        | {
            "line": number,
            "component": line.component,
            "component_name": line.name,
            "tier": line.tier,
            "volume_l": line.volume_l,
            "price_e4": line.price_e4,
            "amount_e5": line.amount_e5,
        }
        for number, line in enumerate(computed.lines, start=1)
    ]
    if lines:
        await connection.execute(insert(bill_line), lines)


async def _tell(
    connection: AsyncConnection, account_no: str, bill_id: int, period: str, total_fen: int
) -> None:
    """One notice for each chat that the account is bound to."""
    payload = {
        "account_no": account_no,
        "bill_id": bill_id,
        "period": period,
        "total_fen": total_fen,
        "due_on": due_on(period).isoformat(),
    }
    query = select(binding).where(binding.c.account_no == account_no)
    for bound in (await connection.execute(query)).mappings():
        await write_notice(
            connection,
            BILL_ISSUED,
            f"{BILL_ISSUED}:{bill_id}:{bound['channel']}:{bound['channel_user']}",
            payload=payload,
            account_no=account_no,
            channel=bound["channel"],
            channel_user=bound["channel_user"],
        )
