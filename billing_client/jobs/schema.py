"""The tables of the job queue (procrastinate), applied with the other migrations."""

import psycopg
from procrastinate import App, SyncPsycopgConnector

_ONE_AT_A_TIME = "SELECT pg_advisory_lock(hashtextextended('procrastinate schema', 0))"


def apply(database_url: str) -> None:
    """Create the queue's tables where they are missing. Safe to run twice and at once."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_ONE_AT_A_TIME)
        found = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if found is None or found[0] is None:
            with App(connector=SyncPsycopgConnector(conninfo=database_url)).open() as queue:
                queue.schema_manager.apply_schema()
