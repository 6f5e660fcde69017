"""An account changes hands: the old owner's part is settled, then the new one starts afresh."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.account import check_settled
from billing_client.services import terms
from billing_client.services.final_bills import standing
from billing_client.services.terms import Grant
from billing_client.store.audit import acting_as
from billing_client.store.clock import SHANGHAI
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, account_owner, binding

BASE_PERSONS = 3  # what is registered until the new owner proves more


@dataclass(frozen=True)
class NewOwner:
    owner_name: str
    phone: str


async def change_owner(
    connection: AsyncConnection,
    account_no: str,
    new: NewOwner,
    by: str,
    now: datetime,
    ticket_no: str | None = None,
) -> None:
    """Hand the account over as of its settlement (``final_bills.settle`` went before).

    Grants of the old owner end, all chats are unbound: nobody sees the new owner's bills by
    an old proof, and bills of before stay with the old owner. Raises ChangeRefused.
    """
    await acting_as(connection, by)
    await lock_account(connection, account_no)
    today = now.astimezone(SHANGHAI).date()
    before = await standing(connection, account_no, today)
    check_settled(before, today)
    assert before.settled_on is not None
    query = select(account).where(account.c.account_no == account_no)
    row = (await connection.execute(query)).mappings().one()
    await _keep_old_owner(connection, row, before.settled_on, ticket_no)
    await _write_new_owner(connection, account_no, new, before.settled_on)
    plain: dict[terms.What, object] = {"persons": BASE_PERSONS, "low_income": False}
    for what, value in plain.items():
        if row[what] != value:
            base = Grant(account_no, what, value, today, None, by, ticket_no=ticket_no)
            await terms.grant(connection, base, today)
    await connection.execute(delete(binding).where(binding.c.account_no == account_no))


async def _keep_old_owner(
    connection: AsyncConnection, row: RowMapping, until: date, ticket_no: str | None
) -> None:
    await connection.execute(
        insert(account_owner).values(
            account_no=row["account_no"],
            since=row["owner_since"] or row["opened_on"],
            until=until,
            owner_name=row["owner_name"],
            phone=row["phone"],
            ticket_no=ticket_no,
        )
    )


async def _write_new_owner(
    connection: AsyncConnection, account_no: str, new: NewOwner, since: date
) -> None:
    """The old owner's mail and invoice title go with the old owner."""
    await connection.execute(
        update(account)
        .where(account.c.account_no == account_no)
        .values(
            owner_name=new.owner_name,
            phone=new.phone,
            owner_since=since,
            email=None,
            invoice_title=None,
            invoice_tax_no=None,
        )
    )
