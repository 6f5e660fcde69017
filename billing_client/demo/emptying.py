"""Empties the demo database. Only ever called by the demo, which production refuses."""

from typing import LiteralString

from psycopg import Connection, sql

KEPT = ("setting", "alembic_version")  # the keys of this installation stay
DEMO_SETTINGS = ("demo_clock", "demo_seed", "utility", "late_fee", "reconciliation")


def one_at_a_time(connection: Connection) -> None:
    """Hold the city until the end of the transaction."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('demo city', 0))")


def empty(connection: Connection) -> None:
    """Truncate billing's tables and the sandbox provider's, when it has any."""
    guarded = _append_only(connection)  # a demo city starts over; the guards are back at once
    for table in guarded:
        _guard(connection, table, "DISABLE")
    tables = [
        *tables_of(connection, "billing", KEPT),
        *tables_of(connection, "sandbox", ("alembic_version",)),
    ]
    connection.execute(
        sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(",").join(tables))
    )
    for table in guarded:
        _guard(connection, table, "ENABLE")
    connection.execute("DELETE FROM billing.setting WHERE key = ANY(%s)", [list(DEMO_SETTINGS)])


def tables_of(
    connection: Connection, schema: str, without: tuple[str, ...]
) -> list[sql.Identifier]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> ALL(%s)",
        [schema, list(without)],
    )
    return [sql.Identifier(schema, row[0]) for row in rows]


def _append_only(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
        " WHERE relnamespace = 'billing'::regnamespace"
        " AND tgfoid = 'billing.refuse_change'::regproc"
    )
    return [row[0] for row in rows]


def _guard(connection: Connection, table: str, act: LiteralString) -> None:
    connection.execute(
        sql.SQL("ALTER TABLE {} {} TRIGGER USER").format(
            sql.Identifier("billing", table), sql.SQL(act)
        )
    )
