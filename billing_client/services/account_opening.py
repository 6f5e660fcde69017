"""A new account: its number by the utility's format, its owner and its first meter."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.services import meters
from billing_client.services.meters import NewMeter
from billing_client.store.audit import acting_as
from billing_client.store.locks import lock_names
from billing_client.store.tables import account

FIRST_NUMBER = 1_000_000_001


@dataclass(frozen=True)
class NewAccount:
    """``main_account_no``: the account of the main meter (总表) this one lies behind."""

    owner_name: str
    phone: str
    address: str
    area: str
    customer_class: str
    persons: int = 3
    zone: str | None = None
    main_account_no: str | None = None


async def open_account(
    connection: AsyncConnection,
    new: NewAccount,
    first_meter: NewMeter,
    on: date,
    by: str,
) -> str:
    """Open it and return its number. Raises MeterRefused."""
    await acting_as(connection, by)
    await lock_names(connection, "account number")
    account_no = await _next_number(connection)
    values: dict[str, Any] = vars(new)
    await connection.execute(insert(account).values(account_no=account_no, opened_on=on, **values))
    await meters.fit(connection, account_no, first_meter, on, by)
    return account_no


async def _next_number(connection: AsyncConnection) -> str:
    """One more than the highest of the longest numbers."""
    digits = account.c.account_no.regexp_match(r"^\d+$")
    longest = select(func.max(func.length(account.c.account_no))).where(digits).scalar_subquery()
    query = select(func.max(account.c.account_no)).where(
        digits, func.length(account.c.account_no) == longest
    )
    highest = (await connection.execute(query)).scalar_one()
    return str(int(highest) + 1 if highest else FIRST_NUMBER)
