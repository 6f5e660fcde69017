"""The fixture every database test stands on."""

import psycopg


def _tables(database_url: str) -> set[str]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'billing'"
        )
        return {name for (name,) in rows}


def test_a_test_gets_a_migrated_database_of_its_own(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE billing.left_by_another_test (id int)")
    assert {"account", "bill"} <= _tables(database_url)


def test_nothing_of_another_test_is_in_it(database_url: str) -> None:
    assert "left_by_another_test" not in _tables(database_url)


async def test_it_works_inside_an_event_loop(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        row = await (await connection.execute("SELECT 1")).fetchone()
    assert row == (1,)
