"""The published examples of four cities, to the fen."""

import json
from pathlib import Path
from typing import Any

import pytest

from billing_client.domain.bill import compute
from billing_client.domain.tariff import Tariff, parse, split

TARIFFS = Path(__file__).parents[3] / "billing_client" / "tariffs"


def tariff(tariff_id: str) -> Tariff:
    return parse(json.loads((TARIFFS / f"{tariff_id}.json").read_text()))


GOLDEN = [
    # id, tariff, persons, prior m³, used m³, fen a component
    ("BJ-1", "BJ-RES-2014", 3, 0, 18, {"WATER": 3726, "RESOURCE": 2826, "SEWAGE": 2448}),
    ("BJ-2", "BJ-RES-2014", 3, 170, 20, {"WATER": 6140, "RESOURCE": 3140, "SEWAGE": 2720}),
    ("BJ-3", "BJ-RES-2014", 7, 230, 100, {"WATER": 40700, "RESOURCE": 15700, "SEWAGE": 13600}),
    ("SH-1", "SH-RES-2021", 3, 200, 36, {"WATER": 10900, "SEWAGE": 6480}),
    ("SH-2", "SH-RES-2021", 3, 190, 50, {"WATER": 14750, "SEWAGE": 9000}),
    ("TJ-1", "TJ-2016", 3, 175, 20, {"WATER": 9850, "SEWAGE": 1900}),
    ("TJ-2", "TJ-2016", 6, 240, 30, {"WATER": 14190, "SEWAGE": 2850}),
    ("TJ-3a", "TJ-2016", 4, 170, 20, {"WATER": 9200, "SEWAGE": 1900}),
    ("TJ-3b", "TJ-2016", 5, 190, 30, {"WATER": 12370, "SEWAGE": 2850}),
    ("WH-1", "WH-RES-2016", 4, 0, 40, {"WATER": 6983, "SEWAGE": 4400}),
    ("WH-2", "WH-RES-2016", 6, 0, 40, {"WATER": 5650, "SEWAGE": 4400}),
]


@pytest.mark.parametrize(
    ("tariff_id", "persons", "prior", "used", "fen"),
    [case[1:] for case in GOLDEN],
    ids=[case[0] for case in GOLDEN],
)
def test_golden_examples(
    tariff_id: str, persons: int, prior: int, used: int, fen: dict[str, int]
) -> None:
    bill = compute(
        tariff(tariff_id), "RESIDENT", persons=persons, prior_l=prior * 1000, used_l=used * 1000
    )
    assert {item.component: item.amount_fen for item in bill.items} == fen
    assert bill.total_fen == sum(fen.values())


@pytest.mark.parametrize(
    ("code", "fen"),
    [("SHARED", 4900), ("INSTITUTION", 5550), ("NON_RESIDENT", 7900), ("SPECIAL", 22300)],
)
def test_flat_classes_of_tianjin(code: str, fen: int) -> None:
    bill = compute(tariff("TJ-2016"), code, persons=9, prior_l=500_000, used_l=10_000)
    assert bill.total_fen == fen
    assert {line.tier for line in bill.lines} == {0}


def _shanghai(first_limits: list[str | None], components: list[dict[str, Any]]) -> Tariff:
    return parse(
        {
            "tariff_id": "SH-TEST",
            "city": "上海",
            "valid_from": "2013-08-01",
            "source": "test",
            "period": {"unit": "YEAR", "start": "01-01"},
            "classes": {
                "RESIDENT": {"name": "居民", "tiers_upto": first_limits, "components": components}
            },
        }
    )


def test_sh_3_part_year_with_limits_of_its_own() -> None:
    old = _shanghai(
        ["110", "150", None],
        [
            {"code": "WATER", "name": "供水", "prices": ["1.92", "3.30", "4.30"]},
            {"code": "SEWAGE", "name": "排水", "prices": ["1.70"] * 3, "volume_ratio": "0.9"},
        ],
    )
    bill = compute(old, "RESIDENT", persons=3, prior_l=100_000, used_l=20_000)
    assert [item.amount_fen for item in bill.items] == [5220, 3060]


def test_sh_4_rounds_each_component_once() -> None:
    flat = _shanghai(
        [None],
        [
            {"code": "WATER", "name": "供水", "prices": ["3.04"]},
            {"code": "SEWAGE", "name": "排水", "prices": ["2.18"], "volume_ratio": "0.9"},
        ],
    )
    bill = compute(flat, "RESIDENT", persons=3, prior_l=0, used_l=37_000)
    assert [item.amount_fen for item in bill.items] == [11248, 7259]


def test_boundary_belongs_to_the_lower_tier() -> None:
    assert split(10_000, 170_000, (180_000, 240_000, None)) == (10_000, 0, 0)
    assert split(1, 180_000, (180_000, 240_000, None)) == (0, 1, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": None}, "lacks 'source'"),
        ({"classes": {"RESIDENT": {"name": "x", "tiers_upto": ["1"], "components": []}}}, "last"),
        (
            {
                "classes": {
                    "RESIDENT": {
                        "name": "x",
                        "tiers_upto": ["1", None],
                        "components": [{"code": "W", "name": "w", "prices": ["1"]}],
                    }
                }
            },
            "needs a price",
        ),
    ],
)
def test_wrong_data_is_refused_with_a_reason(change: dict[str, Any], message: str) -> None:
    data = json.loads((TARIFFS / "TJ-2016.json").read_text()) | change
    data = {key: value for key, value in data.items() if value is not None or key == "valid_to"}
    with pytest.raises(ValueError, match=message):
        parse(data)
