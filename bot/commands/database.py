"""The two schemas and the job queue, brought up to date in one place."""

from importlib.util import find_spec


def upgrade(database_url: str) -> None:
    """Bring both schemas and the job queue of ``database_url`` to this version's state."""
    if find_spec("billing_client.store.migrate"):
        from billing_client.store import migrate as billing

        billing.upgrade(database_url)
    else:
        _create_tables(database_url)
    if find_spec("channels.migrate"):
        from channels import migrate as channels

        channels.upgrade(database_url)
    if find_spec("billing_client.jobs.schema"):
        from billing_client.jobs import schema

        schema.apply(database_url)


def _create_tables(database_url: str) -> None:  # until the migrations stand
    from sqlalchemy import create_engine, text

    from billing_client.store.tables import metadata

    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS billing"))
        metadata.create_all(connection)
    engine.dispose()
