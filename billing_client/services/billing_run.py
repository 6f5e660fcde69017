"""Issuing a bill: computed, posted and paid from prepaid balance in one transaction."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import bill_postings
from billing_client.domain.period import due_on, issued_on
from billing_client.services import ledger, terms
from billing_client.services.allocation import CREDIT, allocate
from billing_client.services.bill_rows import store
from billing_client.services.measuring import stretches
from billing_client.services.notices import write_notice
from billing_client.services.pricing import ADJUSTMENT, price_use
from billing_client.services.shared_meters import portion_l
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, bill, binding

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
    read_until: date | None = None,
) -> IssuedBill:
    """Bill the account for a period ('2026-10') from its newest readings before the day of issue.

    Issued on the 5th of the next month and due a month later (``domain/period.py``) unless
    other days are named, as a final bill does; ``read_until`` keeps later readings out of a
    bill that is made anew. Terms (persons, class) are those of the day that was read. Safe to
    repeat and to run twice at once. Raises NoReading.
    """
    await lock_account(connection, account_no)
    done = await _existing(connection, account_no, period)
    if done is not None:
        return IssuedBill(done["bill_id"], done["total_fen"], new=False)
    customer: dict[str, Any] = dict(await _customer(connection, account_no))
    issue_on, pay_by = issue_on or issued_on(period), pay_by or due_on(period)
    until = read_until or issue_on
    measured = await stretches(connection, account_no, until)
    own_l = sum(part.used_l for part in measured)
    shared_l = await portion_l(connection, account_no, period, own_l, until)
    held = await terms.on_day(connection, account_no, max(part.read_to for part in measured))
    customer |= asdict(held)
    priced = await price_use(connection, customer, period, measured, shared_l)
    row: dict[str, Any] = {
        "account_no": account_no,
        "period": period,
        "prior_l": priced.prior_l,
        "persons": customer["persons"],
        "tariff_id": priced.tariff_id,
        "customer_class": customer["customer_class"],
        "special": (priced.special or {}) | {"shared_l": shared_l} if shared_l else priced.special,
        "used_l": own_l + shared_l,
        "issued_on": issue_on,
        "due_on": pay_by,
    }
    bill_id = await store(connection, row, measured, priced.computed)
    at = datetime.combine(issue_on, time(), SHANGHAI)
    lines = bill_postings(account_no, priced.computed.items)
    await ledger.post(connection, "bill", str(bill_id), account_no, lines, at)
    await allocate(connection, account_no, CREDIT, (bill_id,), at)
    total_fen = priced.computed.total_fen
    if notify:
        await _tell(connection, row | {"bill_id": bill_id, "total_fen": total_fen})
    return IssuedBill(bill_id, total_fen, new=True)


async def _existing(connection: AsyncConnection, account_no: str, period: str) -> RowMapping | None:
    query = select(bill).where(
        bill.c.account_no == account_no, bill.c.period == period, bill.c.kind != ADJUSTMENT
    )
    return (await connection.execute(query)).mappings().first()


async def _customer(connection: AsyncConnection, account_no: str) -> RowMapping:
    query = select(account).where(account.c.account_no == account_no)
    return (await connection.execute(query)).mappings().one()


async def _tell(connection: AsyncConnection, issued: Mapping[str, Any]) -> None:
    """One notice for each chat that the account is bound to."""
    account_no, bill_id = issued["account_no"], issued["bill_id"]
    payload = {
        "account_no": account_no,
        "bill_id": bill_id,
        "period": issued["period"],
        "total_fen": issued["total_fen"],
        "due_on": issued["due_on"].isoformat(),
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
