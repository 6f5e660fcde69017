"""The audit is written by the database, in the same transaction, and cannot be changed."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from billing_client.store.audit import acting_as
from billing_client.store.tables import account, audit, setting
from tests.integration.billing.conftest import ACCOUNT, WANG, Town


async def written(town: Town) -> list[dict[str, Any]]:
    async with town.engine.connect() as connection:
        rows = await connection.execute(select(audit).order_by(audit.c.audit_id))
        return [dict(row) for row in rows.mappings()]


async def test_a_change_is_written_with_its_actor_before_and_after(town: Town) -> None:
    async with town.engine.begin() as connection:
        await acting_as(connection, "staff:周敏")
        await connection.execute(
            update(account).where(account.c.account_no == ACCOUNT).values(persons=5)
        )
    (row,) = [row for row in await written(town) if row["table_name"] == "account"]
    assert (row["actor"], row["action"], row["row_key"]) == ("staff:周敏", "update", ACCOUNT)
    assert (row["before"], row["after"]) == ({"persons": 3}, {"persons": 5})


async def test_what_changes_nothing_or_is_rolled_back_is_not_written(town: Town) -> None:
    before = len(await written(town))
    change = update(account).where(account.c.account_no == ACCOUNT)
    async with town.engine.begin() as connection:
        await connection.execute(change.values(persons=3))
    async with town.engine.connect() as connection:
        await connection.execute(change.values(persons=9))
        await connection.rollback()
    assert len(await written(town)) == before


async def test_a_hand_on_the_database_is_written_too(town: Town, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE billing.account SET owner_name = '赵六'")
    hands = [row for row in await written(town) if row["after"] == {"owner_name": "赵六"}]
    assert len(hands) == 2
    assert all(row["actor"].startswith("database:") for row in hands)


async def test_binding_and_secrets(town: Town) -> None:
    await town.bind()
    rows = await written(town)
    assert ("web:wang", "insert") in [(row["actor"], row["action"]) for row in rows]
    async with town.engine.begin() as connection:
        await connection.execute(
            update(setting).where(setting.c.key == "signing_key").values(value="00")
        )
    assert "signing_key" not in [row["row_key"] for row in await written(town)]
    await town.client.unbind(WANG, ACCOUNT)
    assert (await written(town))[-1]["action"] == "delete"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing.audit SET actor = 'nobody'",
        "DELETE FROM billing.audit",
        "TRUNCATE billing.audit",
    ],
)
async def test_nobody_rewrites_it(town: Town, statement: str) -> None:
    async with town.engine.begin() as connection:
        await connection.execute(update(account).values(persons=4))
    with pytest.raises(IntegrityError):
        async with town.engine.begin() as connection:
            await connection.execute(text(statement))


async def test_only_what_is_past_its_time_may_go(town: Town) -> None:
    old = "INSERT INTO billing.audit (at, actor, action, table_name, row_key) VALUES "
    async with town.engine.begin() as connection:
        await connection.execute(
            text(old + "(now() - interval '6 years', 'x', 'update', 'account', '1')")
        )
        gone = await connection.execute(delete(audit).where(audit.c.actor == "x"))
        assert gone.rowcount == 1
