"""What stands on a bill: every line, its number and unit, and the tiers it is shown by."""

from datetime import date

import pytest

from billing_client.domain.bill import (
    Item,
    Line,
    Part,
    TierSplit,
    compute,
    compute_parts,
    recomputed_fen,
    single_charge,
    tiers_of,
)
from billing_client.domain.price_card import MINIMUM, MINIMUM_NAME, Kind, card_of
from billing_client.domain.tariff import Tariff
from tests.unit.billing.test_pricing import made
from tests.unit.billing.test_tariff import tariff

WATER, SEWAGE = "水费(含水资源税)", "污水处理费"


def test_lines_and_items_of_a_bill_over_two_tiers() -> None:
    bill = compute(tariff("TJ-2016"), "RESIDENT", persons=3, prior_l=175_000, used_l=20_000)
    assert bill.lines == (
        Line("WATER", WATER, 1, 5_000, 39_500, "m3", 1, 1001),
        Line("WATER", WATER, 2, 15_000, 52_500, "m3", 1, 1002),
        Line("SEWAGE", SEWAGE, 1, 5_000, 9_500, "m3", 1, 1004),
        Line("SEWAGE", SEWAGE, 2, 15_000, 9_500, "m3", 1, 1005),
    )
    assert bill.items == (Item("WATER", WATER, 9850), Item("SEWAGE", SEWAGE, 1900))
    limits = tariff("TJ-2016").limits_for("RESIDENT", 3)
    assert tiers_of(bill.lines, limits) == (
        TierSplit(1, 180_000, 5_000, 49_000),
        TierSplit(2, 240_000, 15_000, 62_000),
    )


def test_charges_without_water_and_flat_prices_as_they_are_shown() -> None:
    (line,), (item,) = single_charge("WATER", "补收", 1234)
    assert line == Line("WATER", "补收", 0, 1000, 123_400, "once", 1, 1000)
    assert item == Item("WATER", "补收", 1234)
    assert recomputed_fen([line]) == 1234
    flat = Line("WATER", "水费", 0, 7_000, 30_000)
    above = Line("OVER_PLAN", "加价", 1, 2_000, 10_000)
    assert tiers_of([line, above, flat], (None,)) == (TierSplit(0, None, 7_000, 30_000),)
    assert tiers_of([], (None,)) == ()


def test_the_least_bill_is_made_up_on_a_line_of_its_own() -> None:
    tariff_with_charges = made(
        resident={
            "fixed": [{"code": "WASTE", "name": "垃圾处理费", "yuan_per_month": "3.00"}],
            "minimum_yuan_per_month": "40.00",
        }
    )
    bill = compute(tariff_with_charges, "RESIDENT", persons=3, prior_l=0, used_l=1_000)
    assert bill.lines[-2] == Line("WASTE", "垃圾处理费", 0, 1000, 30_000, "month", 1, 1007)
    assert bill.lines[-1] == Line(MINIMUM, MINIMUM_NAME, 0, 1000, 321_000, "once", 1, 1999)
    assert bill.items == (
        Item("WATER", WATER, 395), Item("SEWAGE", SEWAGE, 95), Item("WASTE", "垃圾处理费", 300),
        Item(MINIMUM, MINIMUM_NAME, 3210),
    )  # fmt: skip
    assert (bill.total_fen, recomputed_fen(bill.lines)) == (4000, 4000)
    enough = compute(tariff_with_charges, "RESIDENT", persons=3, prior_l=0, used_l=9_000)
    assert MINIMUM not in [item.component for item in enough.items]
    three = card_of(tariff_with_charges, Kind("RESIDENT", 3, months=3), date(2026, 10, 31))
    assert three.minimum_fen == 12_000


def test_volumes_are_never_negative() -> None:
    for prior_l, used_l in ((-1, 5), (5, -1)):
        with pytest.raises(ValueError, match="never negative"):
            compute(tariff("TJ-2016"), "RESIDENT", persons=3, prior_l=prior_l, used_l=used_l)


def test_what_a_card_says_of_a_household_and_of_a_flat_class() -> None:
    card = card_of(tariff("TJ-2016"), Kind("RESIDENT", 3), date(2026, 10, 31))
    assert card.tier_prices_e4() == (49_000, 62_000, 80_000)
    assert [(step.position, step.tier, step.lo_l, step.hi_l) for step in card.steps][:3] == [
        (1, 1, 0, 180_000), (2, 2, 180_000, 240_000), (3, 3, 240_000, None),
    ]  # fmt: skip
    shared = card_of(tariff("TJ-2016"), Kind("SHARED", 3), date(2026, 10, 31))
    assert shared.tier_prices_e4() == (49_000,)
    assert [step.tier for step in shared.steps] == [0, 0]
    over = [it for it in card_of(tariff("TJ-2016"), Kind("NON_RESIDENT", 1), date(2026, 1, 1)).steps
            if it.kind == "plan"]  # fmt: skip
    assert [(it.tier, it.lo_l, it.hi_l) for it in over] == [
        (1, 100, 110), (2, 110, 120), (3, 120, 130), (4, 130, 140), (5, 140, None),
    ]  # fmt: skip


def quota(per: str) -> Tariff:
    water = {"code": "WATER", "name": "水费", "prices": ["0.70"]}
    relief = {"name": "低保", "quota": {"m3_per_month": "3", "per": per, "components": [water]}}
    return made(resident={"relief": relief})


@pytest.mark.parametrize(("per", "litres"), [("HOUSEHOLD", 6_000), ("PERSON", 24_000)])
def test_the_cheap_litres_of_a_household_with_low_income(per: str, litres: int) -> None:
    kind = Kind("RESIDENT", 4, low_income=True, months=2)
    card = card_of(quota(per), kind, date(2026, 10, 31))
    assert card.quota_l == litres
    assert (card.steps[0].kind, card.steps[0].name, card.steps[0].lo_l, card.steps[0].hi_l) == (
        "quota", "水费(低保)", 0, litres,
    )  # fmt: skip
    usual = card_of(quota(per), Kind("RESIDENT", 4), date(2026, 10, 31))
    assert usual.quota_l == 0
    plain = card_of(tariff("TJ-2016"), kind, date(2026, 10, 31))
    assert (plain.quota_l, plain.steps[0].kind) == (0, "tier")


def test_parts_are_numbered_apart() -> None:
    card = card_of(tariff("TJ-2016"), Kind("SHARED", 3), date(2026, 10, 31))
    bill = compute_parts([Part(card, 0, 0, 1_000), Part(card, 1_000, 1_000, 2_000)])
    assert [(line.part, line.number, line.volume_l) for line in bill.lines] == [
        (1, 1001, 1_000), (1, 1002, 1_000), (2, 2001, 2_000), (2, 2002, 2_000),
    ]  # fmt: skip
