"""Changes of tariff and season, part years, relief, plans, fixed and least charges."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_client.domain.bill import recomputed_fen
from billing_client.domain.price_span import price_spans
from billing_client.domain.pricing import Priced, Use, price
from billing_client.domain.tariff import Tariff
from billing_client.domain.tariff_data import parse
from billing_client.domain.tier_year import LastBill
from tests.unit.billing.test_tariff import TARIFFS, tariff

OPENED = date(2000, 1, 1)


def made(**changes: Any) -> Tariff:
    """天津's tariff with other data in some places; 'resident' changes that class."""
    data = json.loads((TARIFFS / "TJ-2016.json").read_text())
    data["classes"]["RESIDENT"] |= changes.pop("resident", {})
    return parse(data | changes)


def use(used_m3: int, **changes: Any) -> Use:
    october = Use(
        period="2026-10",
        read_from=date(2026, 9, 30),
        read_to=date(2026, 10, 31),
        used_l=used_m3 * 1000,
        customer_class="RESIDENT",
        persons=3,
        opened_on=OPENED,
        last=LastBill("2026-09", "TJ-2016", 0, 0),
    )
    return replace(october, **changes)


def fen(priced: Priced) -> dict[str, int]:
    assert recomputed_fen(priced.computed.lines) == priced.computed.total_fen
    return {item.component: item.amount_fen for item in priced.computed.items}


def dearer(**changes: Any) -> Tariff:
    return made(
        tariff_id="TJ-NEW",
        valid_from="2026-10-11",
        resident={
            "components": [{"code": "WATER", "name": "水费", "prices": ["5.00", "6.00", "9.00"]}]
        },
        **changes,
    )


def test_the_first_reading_after_the_change_pays_the_new_prices() -> None:
    priced = price([tariff("TJ-2016"), dearer()], use(31))
    assert (fen(priced), priced.tariff_id) == ({"WATER": 15500}, "TJ-NEW")
    september = use(31, read_from=date(2026, 8, 31), read_to=date(2026, 9, 30))
    assert price([tariff("TJ-2016"), dearer()], september).tariff_id == "TJ-2016"


def test_the_second_reading_after_the_change() -> None:
    versions = [tariff("XA-FLAT-2007"), tariff("XA-RES-2015")]
    first = use(14, read_from=date(2015, 12, 1), read_to=date(2016, 1, 3), period="2015-12")
    assert price(versions, first).computed.total_fen == 4060
    second = use(
        14,
        read_from=date(2016, 1, 3),
        read_to=date(2016, 2, 2),
        period="2016-01",
        last=LastBill("2015-12", "XA-FLAT-2007", 0, 14_000),
    )
    priced = price(versions, second)
    assert (priced.computed.total_fen, priced.prior_l) == (5320, 0)


def test_by_days_each_day_has_its_price() -> None:
    """31 m³ in 31 days, ten of them before 11 October."""
    priced = price([tariff("TJ-2016"), dearer(change_rule="BY_DAYS")], use(31))
    assert fen(priced) == {"WATER": 3950 + 10500, "SEWAGE": 950}
    assert priced.special == {"tariffs": ["TJ-2016", "TJ-NEW"]}
    assert {line.part for line in priced.computed.lines} == {1, 2}


def test_the_counter_runs_on_over_a_change() -> None:
    last = LastBill("2026-09", "TJ-2016", 160_000, 15_000)
    priced = price([tariff("TJ-2016"), dearer(change_rule="BY_DAYS")], use(31, last=last))
    # 175 + 10 at the old prices crosses 180; the other 21 m³ are all in the second tier.
    assert fen(priced) == {"WATER": 5 * 395 + 5 * 525 + 21 * 600, "SEWAGE": 950}


def test_a_new_tier_year_begins_at_nothing() -> None:
    last = LastBill("2026-02", "TJ-2016", 200_000, 30_000)
    march = use(10, period="2026-03", last=last)
    assert price([tariff("TJ-2016")], march).prior_l == 0
    february = use(10, period="2026-02", last=replace(last, period="2026-01"))
    assert price([tariff("TJ-2016")], february).prior_l == 230_000


def test_seasons_count_by_the_day_of_reading() -> None:
    summer = {
        "name": "夏季",
        "months": [6, 7, 8, 9],
        "components": [{"code": "WATER", "name": "水费", "prices": ["6.00", "7.00", "9.00"]}],
    }
    seasonal = made(resident={"seasons": [summer]})
    assert fen(price([seasonal], use(10))) == {"WATER": 3950, "SEWAGE": 950}
    july = use(10, read_from=date(2026, 6, 30), read_to=date(2026, 7, 31), period="2026-07")
    assert fen(price([seasonal], july)) == {"WATER": 6000}
    by_days = made(change_rule="BY_DAYS", resident={"seasons": [summer]})
    both = use(61, read_from=date(2026, 8, 31), read_to=date(2026, 10, 31))
    assert fen(price([by_days], both)) == {"WATER": 30 * 600 + 31 * 395, "SEWAGE": 31 * 95}


def test_a_part_year_has_a_part_of_the_limits() -> None:
    prorated = replace(tariff("CD-RES"), part_year="PRORATE_MONTHS")
    opened = use(90, opened_on=date(2026, 9, 1), last=None, read_from=date(2026, 9, 30))
    priced = price([prorated], opened)
    assert priced.computed.total_fen == 28836
    assert priced.special == {"part_months": 4}


def test_low_income_quota_for_each_person() -> None:
    """广州 2025: the first 7 m³ a person and month at 0.70, the rest at 1.98."""
    water = {"code": "WATER", "name": "自来水"}
    relief = {
        "name": "低保",
        "quota": {
            "m3_per_month": "7",
            "per": "PERSON",
            "components": [water | {"prices": ["0.70"]}],
        },
        "components": [water | {"prices": ["1.98", "1.98", "1.98"]}],
    }
    guangzhou = made(resident={"relief": relief})
    priced = price([guangzhou], use(30, low_income=True))
    assert fen(priced) == {"WATER": 1470 + 1782}
    assert priced.special == {"low_income": True}
    assert fen(price([guangzhou], use(30))) == {"WATER": 11850, "SEWAGE": 2850}


def test_charges_by_the_month_and_the_least_bill() -> None:
    waste = {"code": "WASTE", "name": "垃圾处理费", "yuan_per_month": "8.00"}
    charging = made(resident={"fixed": [waste], "minimum_yuan_per_month": "20.00"})
    assert fen(price([charging], use(0))) == {
        "WATER": 0, "SEWAGE": 0, "WASTE": 800, "MINIMUM": 1200,
    }  # fmt: skip
    two_months = use(10, last=LastBill("2026-08", "TJ-2016", 0, 0))
    assert fen(price([charging], two_months)) == {"WATER": 3950, "SEWAGE": 950, "WASTE": 1600}


def test_areas_have_prices_of_their_own() -> None:
    october = use(10, persons=3)
    usual = price([tariff("SZ-RES-2017")], replace(october, area="福田"))
    assert fen(usual)["WATER"] == 2670
    wholesale = price([tariff("SZ-RES-2017")], replace(october, area="趸售区"))
    assert (fen(wholesale)["WATER"], wholesale.special) == (2460, {"area": "趸售区"})


def test_what_exceeds_the_plan_costs_more_and_counts_over_the_year() -> None:
    shop = use(1250, customer_class="NON_RESIDENT", plan_l=1_000_000)
    assert fen(price([tariff("TJ-2016")], shop))["OVER_PLAN"] == 292_500
    begun = replace(shop, used_l=350_000, last=LastBill("2026-09", "TJ-2016", 0, 900_000))
    assert fen(price([tariff("TJ-2016")], begun))["OVER_PLAN"] == 292_500


def test_without_a_tariff_there_is_no_price() -> None:
    with pytest.raises(LookupError, match="no tariff"):
        price([dearer()], use(10, read_to=date(2026, 10, 9)))


@given(st.integers(0, 400_000), st.integers(0, 400_000), st.integers(0, 400_000))
def test_more_water_never_costs_less(prior_l: int, used_l: int, more_l: int) -> None:
    versions = [tariff("TJ-2016"), dearer(change_rule="BY_DAYS")]
    first = use(0, used_l=used_l, last=LastBill("2026-09", "TJ-2016", prior_l, 0))
    total_fen = price(versions, first).computed.total_fen
    assert price(versions, replace(first, used_l=used_l + more_l)).computed.total_fen >= total_fen


def test_a_change_begins_on_its_very_day_by_each_rule() -> None:
    old = tariff("TJ-2016")
    new = dearer()  # from 11 October
    ends = [date(2026, 10, day) for day in (10, 11, 12)]
    read = [use(10, read_to=end, read_from=date(2026, 9, 30)) for end in ends]
    assert [price([old, new], one).tariff_id for one in read] == ["TJ-2016", "TJ-NEW", "TJ-NEW"]
    second = dearer(change_rule="SECOND_READING")
    begins = [date(2026, 10, day) for day in (10, 11, 12)]
    read = [use(10, read_from=first, read_to=date(2026, 11, 9)) for first in begins]
    assert [price([old, second], one).tariff_id for one in read] == ["TJ-2016", "TJ-NEW", "TJ-NEW"]
    by_days = dearer(change_rule="BY_DAYS")
    spans = price_spans([old, by_days], date(2026, 10, 1), date(2026, 10, 11))
    assert [(it.tariff.tariff_id, it.days_before, it.days_upto) for it in spans] == [
        ("TJ-2016", 0, 9), ("TJ-NEW", 9, 10),
    ]  # fmt: skip
    assert [it.litres(15) for it in spans] == [(0, 13), (13, 2)]


def test_prices_that_ended_hold_until_the_next_ones_are_read() -> None:
    old = replace(tariff("TJ-2016"), valid_to=date(2026, 10, 10))
    new = dearer(change_rule="SECOND_READING")
    assert price([old, new], use(10)).tariff_id == "TJ-2016"
    with pytest.raises(LookupError):
        price([old], use(10))
    last_day = use(10, read_to=date(2026, 10, 10))
    assert price([old], last_day).tariff_id == "TJ-2016"


def test_a_season_that_begins_on_the_last_day_of_a_reading() -> None:
    water = {"code": "WATER", "name": "水费", "prices": ["6.00", "6.00", "6.00"]}
    summer = {"name": "夏季", "months": [6, 7], "components": [water]}
    seasonal = made(change_rule="BY_DAYS", resident={"seasons": [summer]})
    spans = price_spans([seasonal], date(2026, 4, 30), date(2026, 6, 1))
    assert [(it.day, it.days_before, it.days_upto) for it in spans] == [
        (date(2026, 5, 31), 0, 31), (date(2026, 6, 1), 31, 32),
    ]  # fmt: skip
    long = price_spans([seasonal], date(2026, 1, 31), date(2026, 9, 30))
    assert [it.day for it in long] == [date(2026, 5, 31), date(2026, 7, 31), date(2026, 9, 30)]


def test_what_was_special_is_kept_with_the_bill() -> None:
    priced = price(
        [made(part_year="PRORATE_MONTHS")],
        use(
            10, plan_l=5_000, opened_on=date(2026, 6, 1), area="高区",
            last=LastBill("2026-08", "TJ-2016", 0, 0),
        ),
    )  # fmt: skip
    assert priced.special == {"months": 2, "part_months": 9, "plan_l": 5_000}
    assert price([tariff("TJ-2016")], use(10)).special is None


def test_a_year_from_the_opening_counts_from_there() -> None:
    by_account = made(period={"unit": "YEAR", "anchor": "ACCOUNT"})
    last = LastBill("2026-09", "TJ-2016", 170_000, 10_000)
    going_on = price([by_account], use(10, opened_on=date(2020, 9, 1), last=last))
    assert (going_on.prior_l, going_on.computed.lines[0].tier) == (180_000, 2)
    anew = price([by_account], use(10, opened_on=date(2020, 10, 1), last=last))
    assert (anew.prior_l, anew.computed.lines[0].tier) == (0, 1)
