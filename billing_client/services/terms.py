"""Granting terms from a day on, and what held on a day (``domain/terms.py``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.terms import (
    RENEWAL_ASKED_BEFORE,
    Term,
    What,
    first_of_next_month,
    in_force,
    months_later,
)
from billing_client.services.notices import write_notice
from billing_client.store import settings
from billing_client.store.locks import lock_account
from billing_client.store.tables import account, billing_term, binding

HOUSEHOLD_RULE = "household_rule"  # the setting {"effective": …, "valid_months": 12}
AT_ONCE, NEXT_MONTH = "AT_ONCE", "FIRST_OF_NEXT_MONTH"
USUAL_MONTHS = 12  # renewed every year, as most cities ask
TERM_ENDING = "term_ending"


@dataclass(frozen=True)
class Grant:
    """``valid_to`` None: until something else is granted."""

    account_no: str
    what: What
    value: Any
    valid_from: date
    valid_to: date | None
    by: str
    evidence: str | None = None
    ticket_no: str | None = None


@dataclass(frozen=True)
class Terms:
    persons: int
    customer_class: str
    low_income: bool


async def grant(connection: AsyncConnection, new: Grant, today: date) -> None:
    """Let it hold from its day on; one granted for the same day before is replaced."""
    await lock_account(connection, new.account_no)
    await _keep_base(connection, new)
    values = {
        "account_no": new.account_no,
        "what": new.what,
        "valid_from": new.valid_from,
        "valid_to": new.valid_to,
        "value": new.value,
        "evidence": new.evidence,
        "ticket_no": new.ticket_no,
        "granted_by": new.by,
    }
    await connection.execute(
        insert(billing_term)
        .values(values)
        .on_conflict_do_update(index_elements=["account_no", "what", "valid_from"], set_=values)
    )
    await apply(connection, today, new.account_no)


async def household_span(connection: AsyncConnection, today: date) -> tuple[date, date]:
    """From when and until when a household size granted today holds."""
    rule: Mapping[str, Any] = await settings.read(connection, HOUSEHOLD_RULE) or {}
    at_once = rule.get("effective", NEXT_MONTH) == AT_ONCE
    first = today if at_once else first_of_next_month(today)
    return first, months_later(first, int(rule.get("valid_months", USUAL_MONTHS)))


async def on_day(connection: AsyncConnection, account_no: str, day: date) -> Terms:
    """What a bill read on this day is computed by."""
    query = select(account).where(account.c.account_no == account_no)
    row = (await connection.execute(query)).mappings().one()
    granted = select(billing_term).where(billing_term.c.account_no == account_no)
    terms: dict[str, list[Term]] = {}
    for one in await connection.execute(granted):
        terms.setdefault(one.what, []).append(Term(one.valid_from, one.valid_to, one.value))
    return Terms(
        **{
            what: in_force(terms.get(what, []), day, row[what])
            for what in ("persons", "customer_class", "low_income")
        }
    )


async def apply(connection: AsyncConnection, today: date, account_no: str | None = None) -> int:
    """Bring the accounts to what holds today; how many were changed. Safe to repeat."""
    result = await connection.execute(_APPLY, {"today": today, "account_no": account_no})
    return result.rowcount


async def announce_ends(connection: AsyncConnection, today: date) -> None:
    """Tell the chats of an account once that a grant ends and what renews it."""
    query = (
        select(billing_term, binding.c.channel, binding.c.channel_user)
        .join(binding, binding.c.account_no == billing_term.c.account_no)
        .where(billing_term.c.valid_to.between(today, today + RENEWAL_ASKED_BEFORE))
    )
    for row in (await connection.execute(query)).mappings():
        key = f"{row['account_no']}:{row['what']}:{row['valid_to']}"
        await write_notice(
            connection,
            TERM_ENDING,
            f"{TERM_ENDING}:{key}:{row['channel']}:{row['channel_user']}",
            payload={"what": row["what"], "ends_on": row["valid_to"].isoformat()},
            account_no=row["account_no"],
            channel=row["channel"],
            channel_user=row["channel_user"],
        )


async def _keep_base(connection: AsyncConnection, new: Grant) -> None:
    """What stood before the first grant, to come back to when the grant ends."""
    mine = (billing_term.c.account_no == new.account_no, billing_term.c.what == new.what)
    known = select(func.count()).select_from(billing_term).where(*mine)
    if (await connection.execute(known)).scalar_one():
        return
    query = select(account.c.opened_on, account.c[new.what]).where(
        account.c.account_no == new.account_no
    )
    opened_on, value = (await connection.execute(query)).one()
    await connection.execute(
        insert(billing_term)
        .values(
            account_no=new.account_no,
            what=new.what,
            valid_from=min(opened_on, new.valid_from),
            value=value,
            granted_by=new.by,
        )
        .on_conflict_do_nothing()
    )


_APPLY = text(
    """
    WITH holding AS (
        SELECT DISTINCT ON (account_no, what) account_no, what, value
          FROM billing.billing_term
         WHERE valid_from <= :today AND (valid_to IS NULL OR valid_to >= :today)
           AND (CAST(:account_no AS text) IS NULL OR account_no = :account_no)
         ORDER BY account_no, what, valid_from DESC
    ), wide AS (
        SELECT account_no,
               max(value #>> '{}') FILTER (WHERE what = 'persons') AS persons,
               max(value #>> '{}') FILTER (WHERE what = 'customer_class') AS customer_class,
               max(value #>> '{}') FILTER (WHERE what = 'low_income') AS low_income
          FROM holding GROUP BY account_no
    )
    UPDATE billing.account
       SET persons = coalesce(wide.persons::integer, account.persons),
           customer_class = coalesce(wide.customer_class, account.customer_class),
           low_income = coalesce(wide.low_income::boolean, account.low_income)
      FROM wide
     WHERE wide.account_no = account.account_no
       AND (account.persons, account.customer_class, account.low_income)
           IS DISTINCT FROM (coalesce(wide.persons::integer, account.persons),
                             coalesce(wide.customer_class, account.customer_class),
                             coalesce(wide.low_income::boolean, account.low_income))
    """
)
