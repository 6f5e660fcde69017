"""New versions go in once, in order; a draft is tried on a year of bills, to the fen."""

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse
from billing_client.services import bulk_run, tariff_trial, tariffs
from billing_client.services.tariff_trial import BANDS_FEN, NoBills, Trial
from billing_client.services.tariffs import TariffRefused, shipped
from bot.commands import tariff_report
from tests.integration.billing.conftest import Town
from tests.integration.billing.test_billing_run import issue

ACCOUNTS = 40
PERIODS = [f"2026-{month:02d}" for month in range(1, 13)]


def version(**changes: Any) -> dict[str, Any]:
    return shipped("TJ-2016") | {"tariff_id": "TJ-2027", "valid_from": "2027-01-01"} | changes


async def load(town: Town, data: dict[str, Any]) -> bool:
    async with town.engine.begin() as connection:
        return await tariffs.load_version(connection, data, "staff:周敏")


async def refusal(town: Town, data: dict[str, Any]) -> str:
    with pytest.raises(TariffRefused) as refused:
        await load(town, data)
    return refused.value.reason


async def test_a_version_goes_in_once_and_after_the_others(town: Town) -> None:
    assert await load(town, version())
    assert not await load(town, version())
    async with town.engine.connect() as connection:
        assert (await tariffs.in_force(connection, date(2026, 12, 31))).tariff_id == "TJ-2016"
        assert (await tariffs.in_force(connection, date(2027, 1, 1))).tariff_id == "TJ-2027"
    assert await refusal(town, version(source="改过")) == "changed"
    for day in ("2027-01-01", "2026-12-01", "2016-03-01"):
        assert await refusal(town, version(tariff_id="X", valid_from=day)) == "overlaps"
    assert await load(town, version(tariff_id="Y", valid_from="2028-01-01", valid_to="2028-12-31"))
    assert await refusal(town, version(tariff_id="X", valid_from="2028-12-31")) == "overlaps"
    assert await load(town, version(tariff_id="X", valid_from="2029-01-01"))


async def test_what_was_billed_keeps_its_prices(town: Town) -> None:
    await town.read_meter(date(2026, 10, 31), 20)
    await issue(town, "2026-10")
    assert await refusal(town, version(valid_from="2026-10-31")) == "billed"
    assert await load(town, version(valid_from="2026-11-01"))


async def test_of_two_that_begin_at_once_one_goes_in(town: Town) -> None:
    drafts = [version(tariff_id=f"D{number}") for number in range(3)]
    outcomes = await asyncio.gather(*(load(town, it) for it in drafts), return_exceptions=True)
    assert sum(one is True for one in outcomes) == 1
    assert sum(isinstance(one, TariffRefused) for one in outcomes) == 2


@pytest.fixture
def year(database_url: str) -> Iterator[str]:
    """A year of bills of 40 households and shops, read at the ends of the months."""
    with psycopg.connect(database_url) as db:
        db.execute(
            "INSERT INTO billing.tariff VALUES ('TJ-2016', '天津', '2016-03-01', NULL, %s)",
            [Jsonb(shipped("TJ-2016"))],
        )
        db.execute(
            "INSERT INTO billing.account (account_no, owner_name, phone, address, area,"
            " customer_class, persons, opened_on)"
            " SELECT (4000000000 + n)::text, '王', '138', '路', '路',"
            "        CASE WHEN n %% 8 = 0 THEN 'SPECIAL' ELSE 'RESIDENT' END, 2 + n %% 5,"
            "        date '2020-01-01' FROM generate_series(1, %s) AS n",
            [ACCOUNTS],
        )
        db.execute(
            "INSERT INTO billing.meter (account_no, meter_no, kind, installed_on)"
            " SELECT account_no, 'M' || account_no, 'smart', '2025-12-31' FROM billing.account"
        )
        db.execute(
            "INSERT INTO billing.reading SELECT account_no, 'M' || account_no,"
            " (date '2025-12-01' + interval '1 month' * (m + 1))::date - 1,"
            " m * (account_no::bigint %% 40) * 1333, 'remote'"
            " FROM billing.account, generate_series(1, 12) AS m".replace("%%", "%")
        )
    for period in PERIODS:
        made = bulk_run.run(database_url, period)
        assert made.bills == ACCOUNTS, made
    yield database_url


def test_the_tariff_in_force_changes_nothing(year: str) -> None:
    trial = tariff_trial.run(year, parse(shipped("TJ-2016")))
    assert (trial.since, trial.until) == ("2026-01", "2026-12")
    assert trial.unchanged == ACCOUNTS
    assert trial.worse.customers == trial.better.customers == 0
    assert {code: effect.customers for code, effect in trial.classes.items()} == {
        "RESIDENT": 35, "SPECIAL": 5,
    }  # fmt: skip
    for effect in trial.classes.values():
        assert effect.before_fen == effect.after_fen > 0
        for charge in effect.charges.values():
            assert charge.before_fen == charge.after_fen
        assert sum(charge.after_fen for charge in effect.charges.values()) == effect.after_fen


def raised() -> Tariff:
    """The second tier of residents costs a yuan more."""
    data = deepcopy(shipped("TJ-2016"))
    water = data["classes"]["RESIDENT"]["components"][0]
    first, second, *rest = water["prices"]
    water["prices"] = [first, f"{float(second) + 1:.2f}", *rest]
    del data["examples"]
    return parse(data | {"tariff_id": "DRAFT"})


def test_a_dearer_second_tier_is_paid_by_those_who_reach_it(year: str) -> None:
    trial = tariff_trial.run(year, raised())
    with psycopg.connect(year) as db:
        rows = db.execute(
            "SELECT account_no, sum(volume_l) FROM billing.bill_line JOIN billing.account"
            " USING (account_no) WHERE component = 'WATER' AND tier = 2"
            " AND customer_class = 'RESIDENT' GROUP BY account_no"
        ).fetchall()
    more = {account_no: int(litres) for account_no, litres in rows}
    assert 0 < len(more) < ACCOUNTS
    effect = trial.classes["RESIDENT"]
    # A yuan a m³ is a tenth of a fen a litre; each bill is rounded by itself.
    grown = effect.after_fen - effect.before_fen
    assert abs(grown - sum(more.values()) // 10) <= len(more) * len(PERIODS)
    assert trial.worse.customers == len(more) == trial.worse_by_class["RESIDENT"]
    assert trial.worse.change_fen == grown
    assert trial.better.customers == 0
    assert trial.unchanged == ACCOUNTS - len(more)
    for band in trial.worse.bands:
        fitting = [
            litres // 10 for litres in more.values()
            if band.above_fen < litres // 10 <= (band.upto_fen or 10**9)
        ]  # fmt: skip
        assert band.customers == len(fitting)
    assert [band.upto_fen for band in trial.worse.bands] == [*BANDS_FEN, None]
    shown = json.loads(tariff_report.as_json(trial))
    assert shown["worse"]["customers"] == len(more)


def test_another_tier_period_and_a_missing_class(year: str, capsys: Any) -> None:
    """Counted by months with the limits of a month; 特种 has no price in the draft."""
    data = deepcopy(shipped("TJ-2016"))
    del data["examples"]
    del data["classes"]["SPECIAL"]
    data["period"] = {"unit": "MONTH"}
    data["classes"]["RESIDENT"]["tiers_upto"] = ["15", "20", None]
    del data["household"]
    trial = tariff_trial.run(year, parse(data | {"tariff_id": "DRAFT"}))
    assert trial.unpriced == {"SPECIAL": 5}
    expected = 0
    with psycopg.connect(year) as db:
        for (used_l,) in db.execute(
            "SELECT used_l FROM billing.bill WHERE customer_class = 'RESIDENT'"
        ).fetchall():
            expected += _month_fen(used_l)
    assert trial.classes["RESIDENT"].after_fen == expected
    _shown(trial, capsys)


def _month_fen(used_l: int) -> int:
    """Water 3.95/5.25/7.05, sewage 0.95, each rounded once."""
    parts = min(used_l, 15_000), max(0, min(used_l, 20_000) - 15_000), max(0, used_l - 20_000)
    prices = shipped("TJ-2016")["classes"]["RESIDENT"]["components"][0]["prices"]
    water = sum(
        litres * round(float(price) * 100) for litres, price in zip(parts, prices, strict=True)
    )
    return (water + 500) // 1000 + (used_l * 95 + 500) // 1000


def _shown(trial: Trial, capsys: Any) -> None:
    tariff_report.show(trial)
    shown = capsys.readouterr().out
    assert "草案没有 SPECIAL 类的价格,5 户未计入" in shown
    assert "全部" in shown


def test_without_bills_there_is_nothing_to_try(database_url: str) -> None:
    with pytest.raises(NoBills):
        tariff_trial.run(database_url, parse(shipped("TJ-2016")))
