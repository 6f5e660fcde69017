"""The two schemas and the job queue, brought up to date and proved in one place."""

import asyncio


def upgrade(database_url: str) -> None:
    """Bring both schemas and the job queue of ``database_url`` to this version's state.

    Safe to run from several processes at once: each migration holds a lock of its own.
    """
    from billing_client.jobs import schema as jobs
    from billing_client.store import migrate as billing
    from channels import migrate as channels

    billing.upgrade(database_url)
    channels.upgrade(database_url)
    jobs.apply(database_url)


def prove(database_url: str) -> int:
    """Print whether the books are right; the exit code of the command."""
    difference = asyncio.run(_first_difference(database_url))
    if difference is None:
        print("账目核对无误。")
        return 0
    print(f"账目不符:{difference}")
    return 1


async def _first_difference(database_url: str) -> str | None:
    from billing_client.store import proof
    from billing_client.store.engine import create_engine

    engine = create_engine(database_url)
    try:
        async with engine.connect() as connection:
            found = await proof.first_difference(connection)
    finally:
        await engine.dispose()
    return None if found is None else f"{found.invariant} {found.row}"
