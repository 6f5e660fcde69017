"""Alembic's environment: one connection, the schema ``billing``, one upgrade at a time."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from billing_client.store.tables import metadata

SCHEMA = "billing"
LOCK_KEY = 0x62_69_6C_6C  # 'bill': held while migrating, so that two starts do not collide


def run() -> None:
    url = make_url(context.config.attributes["database_url"])
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=SCHEMA,
            include_schemas=True,
            include_name=lambda name, kind, _: kind != "schema" or name == SCHEMA,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
