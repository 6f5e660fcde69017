"""Bills one chunk of accounts in one transaction: measured, priced, written and posted in SQL."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from psycopg import Connection, sql

from billing_client.domain.ledger import COLLECTED_FOR_OTHERS
from billing_client.domain.period import due_on, first_day, issued_on
from billing_client.domain.price_card import MINIMUM, MINIMUM_NAME
from billing_client.services import bulk_sql
from billing_client.services.bulk_cards import Cards, Needed
from billing_client.store.clock import SHANGHAI


@dataclass(frozen=True)
class Chunk:
    period: str
    chunk: int
    first: str
    last: str


def prepare(connection: Connection) -> None:
    """The session's own tables; they keep the cards from chunk to chunk."""
    _run(connection, "SET jit = off")  # the statements are short, compiling them is not
    _run(connection, "SET work_mem = '64MB'")
    for statement in bulk_sql.TEMPORARY_TABLES.split(";"):
        _run(connection, statement)
    connection.commit()


def bill_chunk(
    connection: Connection, cards: Cards, chunk: Chunk, *, today: date, notify: bool
) -> None:
    """Everything of the chunk or, when it fails or is killed, nothing. The caller commits."""
    facts = _facts(cards, chunk, today)
    _run(connection, bulk_sql.EMPTY)
    _run(connection, bulk_sql.MEASURE, facts)
    cards.bring(Needed(*row) for row in _run(connection, bulk_sql.NEEDED).fetchall())
    _run(connection, bulk_sql.WITHOUT_CARD)
    _run(connection, bulk_sql.EXCEPTIONS, facts)
    for statement in (bulk_sql.PARTS, bulk_sql.LINES, bulk_sql.ITEMS, bulk_sql.MINIMUM):
        _run(connection, statement, facts)
    _write(connection, facts)
    if notify:
        _run(connection, bulk_sql.NOTICES)
    _run(connection, bulk_sql.DONE, facts)


def _write(connection: Connection, facts: dict[str, Any]) -> None:
    written = _run(connection, bulk_sql.BILLS, facts).rowcount
    wanted = _run(connection, "SELECT count(*) FROM bulk_part WHERE is_last").fetchone()
    if wanted != (written,):
        for table in ("use", "part", "line", "item"):
            _run(connection, bulk_sql.BILLED_ELSEWHERE.format(table=table))
    for statement in (
        bulk_sql.BILL_LINES,
        bulk_sql.BILL_ITEMS,
        bulk_sql.JOURNALS,
        bulk_sql.POSTINGS,
    ):
        _run(connection, statement, facts)
    if _run(connection, bulk_sql.CREDITS, facts).rowcount:
        for statement in bulk_sql.CREDIT_ROWS:
            _run(connection, statement, facts)


def _facts(cards: Cards, chunk: Chunk, today: date) -> dict[str, Any]:
    month = first_day(chunk.period)
    return {
        "period": chunk.period,
        "chunk": chunk.chunk,
        "first": chunk.first,
        "last": chunk.last,
        "today": today,
        "until": issued_on(chunk.period),
        "due_on": due_on(chunk.period),
        "at": datetime.combine(issued_on(chunk.period), time(), SHANGHAI),
        "months": month.year * 12 + month.month,
        "areas": cards.areas,
        "ask_opened": cards.ask_opened,
        "for_others": sorted(COLLECTED_FOR_OTHERS),
        "code": MINIMUM,
        "name": MINIMUM_NAME,
    }


def _run(connection: Connection, statement: str, facts: dict[str, Any] | None = None) -> Any:
    """Statements are our own constants; what varies goes in as parameters."""
    return connection.execute(sql.SQL(statement), facts)  # pyright: ignore[reportArgumentType]
