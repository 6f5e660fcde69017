"""Writing journals, and the balances that they add up to."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from billing_client.domain.ledger import prepaid
from billing_client.store.tables import journal, posting


async def post(
    connection: AsyncConnection,
    kind: str,
    ref: str,
    account_no: str,
    lines: Sequence[tuple[str, str, int]],
    at: datetime,
) -> int | None:
    """Append a journal of (debit, credit, fen) lines and return its id.

    None when (kind, ref) was posted before: then nothing is written.
    """
    values = {"kind": kind, "ref": ref, "account_no": account_no, "at": at}
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


async def prepaid_fen(connection: AsyncConnection, account_no: str) -> int:
    """The prepaid balance: what came in less what was used."""
    name = prepaid(account_no)
    signed = case((posting.c.credit == name, posting.c.amount_fen), else_=-posting.c.amount_fen)
    query = select(func.coalesce(func.sum(signed), 0)).where(
        or_(posting.c.credit == name, posting.c.debit == name)
    )
    return int((await connection.execute(query)).scalar_one())
