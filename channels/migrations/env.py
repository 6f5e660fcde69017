"""Alembic's environment: one connection, the schema ``channels``, one upgrade at a time."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

SCHEMA = "channels"
LOCK_KEY = 0x63_68_61_6E  # 'chan': held while migrating, so that two starts do not collide


def run() -> None:
    url = make_url(context.config.attributes["database_url"])
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        context.configure(connection=connection, version_table_schema=SCHEMA)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
