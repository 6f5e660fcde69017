"""Loads large tables without their foreign keys and plain indexes, and puts both back.

Checking each row and sorting each key on its own costs half of the time of a fill;
checked and sorted together they cost little. Primary and unique keys stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection
from psycopg.abc import Query

FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid))
      FROM pg_constraint
     WHERE contype = 'f' AND connamespace = 'billing'::regnamespace
     ORDER BY conname"""
PLAIN_INDEXES = """
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE relnamespace = 'billing'::regnamespace AND NOT indisunique
     ORDER BY relname"""


@contextmanager
def without_keys(connection: Connection) -> Iterator[None]:
    """Inside, foreign keys are not checked; leaving raises when a row breaks one.

    All of it in the caller's transaction: an error leaves the tables as they were.
    """
    taken = [*connection.execute(FOREIGN_KEYS), *connection.execute(PLAIN_INDEXES)]
    for drop, _ in taken:
        _run(connection, drop)
    yield
    for _, restore in taken:
        _run(connection, restore)


def _run(connection: Connection, statement: Query) -> None:
    """``statement`` comes from the database's own catalogue."""
    connection.execute(statement)
