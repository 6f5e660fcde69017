"""Rows on their way into the database, as lines of COPY's text format.

PostgreSQL manual, COPY, "Text Format": columns are parted by tabs, NULL is ``\\N``,
a backslash in a value is doubled.
"""

import json
from collections.abc import Iterable

from psycopg import Connection, sql
from sqlalchemy import MetaData

from billing_client.store.tables import metadata


class Rows:
    """Collected a table at a time and written in the order that foreign keys need."""

    def __init__(self, tables: MetaData = metadata) -> None:
        self._tables = {table.name: table for table in tables.sorted_tables}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._lines: dict[str, list[str]] = {name: [] for name in self._tables}

    def columns(self, table: str, *names: str) -> None:
        """Say which columns ``add`` gives for this table. Raises KeyError for an unknown one."""
        known = self._tables[table].columns
        self._columns[table] = tuple(known[name].name for name in names)

    def add(self, table: str, *values: object) -> None:
        if None in values:
            values = tuple("\\N" if value is None else value for value in values)
        line = "\t".join(map(str, values))  # a million times for a city
        self._lines[table].append(line)

    def write(self, connection: Connection, *, freeze: bool = False) -> None:
        """COPY all rows and forget them. ``freeze`` is for tables emptied in this transaction."""
        self.write_lines(connection, self.take(), freeze=freeze)

    def take(self) -> dict[str, list[str]]:
        """The lines of each table so far; afterwards there are none here."""
        taken = {name: lines for name, lines in self._lines.items() if lines}
        self._lines = {name: [] for name in self._tables}
        return taken

    def write_lines(
        self, connection: Connection, lines: dict[str, list[str]], *, freeze: bool = False
    ) -> None:
        """COPY lines that ``take`` gave."""
        for name, of_table in lines.items():
            with connection.cursor().copy(self._statement(name, freeze)) as copy:
                for chunk in _chunks(of_table):
                    copy.write(chunk)

    def _statement(self, name: str, freeze: bool) -> sql.Composed:
        return sql.SQL("COPY {} ({}) FROM STDIN{}").format(
            sql.Identifier(self._tables[name].schema or "public", name),
            sql.SQL(",").join(map(sql.Identifier, self._columns[name])),
            sql.SQL(" (FREEZE)" if freeze else ""),
        )


def json_text(value: object) -> str:
    """A JSON value as COPY wants it."""
    return json.dumps(value, ensure_ascii=False).replace("\\", "\\\\")


def _chunks(lines: list[str], size: int = 5_000) -> Iterable[str]:
    for start in range(0, len(lines), size):
        yield "\n".join(lines[start : start + size]) + "\n"
