"""The migrations make the tables that the code knows, and guard the ledger."""

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from billing_client.store import migrate
from billing_client.store.tables import metadata


def test_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    migrate.upgrade(database_url)  # a second time changes nothing
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == "billing",
        "version_table_schema": "billing",
    }
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing.posting SET amount_fen = 1",
        "DELETE FROM billing.posting",
        "UPDATE billing.journal SET ref = 'x'",
        "DELETE FROM billing.journal",
        "TRUNCATE billing.journal CASCADE",
    ],
)
def test_the_ledger_is_append_only(database_url: str, statement: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "INSERT INTO billing.journal (kind, ref, account_no, at) "
            "VALUES ('bill', '1', '1000000001', now()) RETURNING journal_id"
        ).fetchone()
        assert row is not None
        connection.execute(
            "INSERT INTO billing.posting VALUES (%s, 1, 'ar:1000000001', 'revenue:WATER', 5)", row
        )
        connection.commit()
        with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
            connection.execute(statement.encode())


def test_down_and_up_again(database_url: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    config.attributes["database_url"] = database_url
    command.downgrade(config, "base")
    with psycopg.connect(database_url) as connection:
        left = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'billing'"
        ).fetchall()
    assert left == [("alembic_version",)]
    migrate.upgrade(database_url)
