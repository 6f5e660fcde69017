"""What the next litres cost agrees with the bill that is made of them: relief, area, plan."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from billing_client.services import tariffs, tiers, use_prices
from billing_client.services.billing_run import issue_bill
from billing_client.services.tariffs import shipped
from billing_client.store.tables import account
from tests.integration.billing.conftest import ACCOUNT, Town


def with_every_rule() -> dict[str, Any]:
    data: dict[str, Any] = deepcopy(shipped("TJ-2016")) | {
        "tariff_id": "TJ-NEW",
        "valid_from": "2026-09-01",
    }
    del data["examples"]
    resident = data["classes"]["RESIDENT"]
    resident["components"].append(
        {"code": "PUMP", "name": "加压费", "prices": ["0.30", "0.30", "0.30"], "areas": ["和平里"]}
    )
    water = {"code": "WATER", "name": "水费", "prices": ["0.70"]}
    resident["relief"] = {
        "name": "低保",
        "quota": {"m3_per_month": "3", "per": "HOUSEHOLD", "components": [water]},
    }
    return data


@pytest.mark.parametrize("low_income", [False, True])
async def test_a_forecast_and_its_bill_are_the_same(town: Town, low_income: bool) -> None:
    async with town.engine.begin() as connection:
        await tariffs.load(connection, with_every_rule())
        await connection.execute(update(account).values(low_income=low_income))
    await town.read_meter(date(2026, 10, 31), 20)
    async with town.engine.begin() as connection:
        prices = await use_prices.prices_for(connection, ACCOUNT, "2026-10")
        position = await tiers.position(connection, ACCOUNT, date(2026, 11, 1))
        issued = await issue_bill(connection, ACCOUNT, "2026-10")
    # Two months since the meter was fitted: 6 m³ of the quota.
    relief_fen = 6 * (395 + 95 + 30 - 70) if low_income else 0
    assert issued.total_fen == 20 * (395 + 95 + 30) - relief_fen
    assert prices.fen(20_000) == issued.total_fen
    assert prices.fen_in_tier(1_000) == 395 + 95 + 30
    assert position.prices_e4 == (52_000, 65_000, 83_000)
    assert position.left_l == 180_000
