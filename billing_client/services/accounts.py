"""Accounts as their customers see them: masked."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    RowMapping,
    ScalarSelect,
    and_,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.masking import mask_address, mask_name, mask_phone
from billing_client.store.tables import account, account_owner, meter
from billing_client.views import AccountView

NO_METER = "none"

SHOWN = (account, meter.c.kind)
"""The columns that ``view`` reads; of several rows of an account the last counts."""


HANGS = and_(meter.c.account_no == account.c.account_no, meter.c.removed_on.is_(None))


def with_meter(left: FromClause, account_no: ColumnElement[str]) -> FromClause:
    """``left`` with the accounts of these numbers and their meters beside it, where there are."""
    return left.outerjoin(account, account.c.account_no == account_no).outerjoin(meter, HANGS)


WITH_METER = (
    select(*SHOWN)
    .outerjoin(meter, HANGS)
    .where(account.c.account_no.in_(bindparam("account_nos", expanding=True)))
    .order_by(meter.c.installed_on)
)


def since_owner(account_no: str) -> ScalarSelect[date]:
    """The day from which the present owner holds the account; before it all is another's."""
    beginning = func.coalesce(account.c.owner_since, cast("-infinity", Date))
    return select(beginning).where(account.c.account_no == account_no).scalar_subquery()


def since_handover(account_no: str) -> ScalarSelect[datetime]:
    """The moment from which payments are the present owner's."""
    latest = func.coalesce(
        func.max(account_owner.c.handed_over_at), cast("-infinity", DateTime(timezone=True))
    )
    return select(latest).where(account_owner.c.account_no == account_no).scalar_subquery()


async def views_of(
    connection: AsyncConnection, account_nos: Sequence[str]
) -> tuple[AccountView, ...]:
    """One view an account, in the order asked."""
    if not account_nos:
        return ()
    rows = await connection.execute(WITH_METER, {"account_nos": list(account_nos)})
    found = {row["account_no"]: row for row in rows.mappings()}
    return tuple(view(found[account_no]) for account_no in account_nos)


def view(row: RowMapping) -> AccountView:
    return AccountView(
        account_no=row["account_no"],
        owner_name=mask_name(row["owner_name"]),
        phone=mask_phone(row["phone"]),
        address=mask_address(row["address"]),
        area=row["area"],
        customer_class=row["customer_class"],
        persons=row["persons"],
        low_income=row["low_income"],
        supply_state=row["supply_state"],
        meter_kind=row["kind"] or NO_METER,
    )
