"""The published examples of all cities, to the fen."""

import json
from pathlib import Path
from typing import Any

import pytest

from billing_client.domain.bill import compute, recomputed_fen
from billing_client.domain.tariff import Tariff, split
from billing_client.domain.tariff_check import faults
from billing_client.domain.tariff_data import parse
from billing_client.domain.tariff_example import compute_example

TARIFFS = Path(__file__).parents[3] / "billing_client" / "tariffs"


def tariff(tariff_id: str) -> Tariff:
    return parse(json.loads((TARIFFS / f"{tariff_id}.json").read_text()))


FILES = sorted(TARIFFS.glob("*.json"))
CITIES = {
    "北京",
    "上海(市属)",
    "天津",
    "武汉中心城区",
    "广州番禺",
    "深圳",
    "南京",
    "杭州",
    "成都",
    "郑州",
}
EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    (file.stem, example) for file in FILES for example in json.loads(file.read_text())["examples"]
]


@pytest.mark.parametrize(
    ("tariff_id", "example"), EXAMPLES, ids=[example["id"] for _, example in EXAMPLES]
)
def test_golden_examples(tariff_id: str, example: dict[str, Any]) -> None:
    bill = compute_example(tariff(tariff_id), example)
    assert {item.component: item.amount_fen for item in bill.items} == example["fen"]
    assert bill.total_fen == sum(example["fen"].values()) == recomputed_fen(bill.lines)


def test_the_published_totals() -> None:
    """Totals as the sources print them, beside the split by component in the files."""
    totals = {example["id"]: sum(example["fen"].values()) for _, example in EXAMPLES}
    published = {
        **{"BJ-1": 9000, "BJ-2": 12000, "BJ-3": 70000, "SH-1": 17380, "SH-2": 23750, "SH-3": 8280},
        **{"TJ-1": 11750, "TJ-2": 17040, "TJ-3a": 11100, "TJ-3b": 15220, "GZ-1": 15128},
        **{"GZ-2": 11888, "SZ-1": 18482, "SZ-2": 22110, "SZ-3": 55800, "WH-1": 11383},
        **{"WH-2": 10050, "WH-3": 15500, "NJ-1": 10540, "NJ-2": 59800, "NJ-3a": 7145},
        **{"NJ-3b": 12160, "HZ-1": 7130, "HZ-2": 70480, "HZ-3": 629340, "CD-1": 10308},
        **{"CD-2": 128605, "CD-3": 28836, "XA-1": 8280, "XA-2a": 4060, "XA-2b": 5320},
        **{"XA-3": 39000, "ZZ-1": 21050, "ZZ-2": 95600, "ZZ-3": 21320, "JL-1": 52000},
        "TJ-PLAN": 987_500 + 292_500,
    }
    assert totals == published


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shipped_files_are_in_order(file: Path) -> None:
    assert faults(json.loads(file.read_text())) == []


def test_the_cities_are_there() -> None:
    assert {json.loads(file.read_text())["city"] for file in FILES} >= CITIES


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
