"""Ids for the rows that the demo writes itself."""

from itertools import count

from psycopg import Connection, sql

from billing_client.demo.books import Numbers

SEQUENCES = {"bill": "bill_id", "journal": "journal_id", "allocation": "allocation_id"}


def from_one() -> Numbers:
    """For tables emptied in this transaction; ``continue_after`` tells the database."""
    return Numbers(count(1), count(1), count(1))


def continue_after(connection: Connection) -> None:
    """Let the database number on after the rows that are there."""
    for table, column in SEQUENCES.items():
        statement = sql.SQL(
            "SELECT setval(pg_get_serial_sequence({name}, {text}), coalesce(max({column}), 0) + 1,"
            " false) FROM {table}"
        )
        connection.execute(
            statement.format(
                name=sql.Literal(f"billing.{table}"),
                text=sql.Literal(column),
                column=sql.Identifier(column),
                table=sql.Identifier("billing", table),
            )
        )


def reserved(connection: Connection, how_many: int) -> Numbers:
    """Ids out of the database's own sequences, safe beside a running system."""
    taken = [_take(connection, *pair, how_many) for pair in SEQUENCES.items()]
    return Numbers(*(iter(ids) for ids in taken))


def _take(connection: Connection, table: str, column: str, how_many: int) -> list[int]:
    rows = connection.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
        [f"billing.{table}", column, how_many],
    )
    return sorted(row[0] for row in rows)
