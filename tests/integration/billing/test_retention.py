"""Rows past their time go, the books and younger rows stay."""

from datetime import timedelta

from sqlalchemy import func, insert, select

from billing_client.services import retention
from billing_client.store import settings
from billing_client.store.tables import guess
from tests.integration.billing.conftest import NOON, Town


async def test_only_what_is_past_its_days_goes(town: Town) -> None:
    ages = (1, 29, 31, 61)
    async with town.engine.begin() as connection:
        for days in ages:
            at = NOON - timedelta(days=days)
            await connection.execute(insert(guess).values(kind="code", subject="x", at=at))
    assert (await retention.let_go(town.engine, NOON))["guess"] == 2
    async with town.engine.begin() as connection:
        await settings.write(connection, retention.RETENTION, {"guess_days": 7})
    assert (await retention.days_of(town.engine))["guess"] == 7
    assert (await retention.let_go(town.engine, NOON))["guess"] == 1
    async with town.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(guess)) == 1
