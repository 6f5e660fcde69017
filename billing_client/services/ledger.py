"""Writing journals, and the balances that they add up to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.store.clock import SHANGHAI
from billing_client.store.tables import closing, journal, posting, prepaid_balance

_LAST_CLOSED = select(func.max(closing.c.last_day)).scalar_subquery()


async def post(
    connection: AsyncConnection,
    kind: str,
    ref: str,
    account_no: str,
    lines: Sequence[tuple[str, str, int]],
    at: datetime,
) -> int | None:
    """Append a journal of (debit, credit, fen) lines and return its id.

    None when (kind, ref) was posted before: then nothing is written. An event of a closed
    day is booked on the first open one.
    """
    values: dict[str, Any] = {"kind": kind, "ref": ref, "account_no": account_no, "at": at}
    values["booked_on"] = case(
        (at.astimezone(SHANGHAI).date() <= _LAST_CLOSED, _LAST_CLOSED + 1), else_=None
    )
    statement = upsert(journal).values(values).on_conflict_do_nothing()
    journal_id = (
        await connection.execute(statement.returning(journal.c.journal_id))
    ).scalar_one_or_none()
    if journal_id is None or not lines:
        return journal_id
    rows = [
        {
            "journal_id": journal_id,
            "line": number,
            "debit": debit,
            "credit": credit,
            "amount_fen": amount_fen,
        }
        for number, (debit, credit, amount_fen) in enumerate(lines, start=1)
    ]
    await connection.execute(insert(posting), rows)
    return journal_id


async def prepaid_fen(connection: AsyncConnection, account_no: str, *, to_use: bool = False) -> int:
    """The prepaid balance: what came in less what was used.

    ``to_use`` holds it until the transaction ends, so that nobody else uses it too.
    """
    query = select(prepaid_balance.c.balance_fen).where(prepaid_balance.c.account_no == account_no)
    if to_use:
        query = query.with_for_update()
    return (await connection.execute(query)).scalar_one_or_none() or 0
