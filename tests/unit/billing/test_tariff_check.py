"""Each fault of a tariff's file is told in a Chinese sentence that says where it is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from billing_client.domain.tariff_check import faults, hints

TARIFFS = Path(__file__).parents[3] / "billing_client" / "tariffs"
Change = Callable[[dict[str, Any]], object]


def tianjin() -> dict[str, Any]:
    return json.loads((TARIFFS / "TJ-2016.json").read_text())


def resident(data: dict[str, Any]) -> dict[str, Any]:
    return data["classes"]["RESIDENT"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda it: it.pop("source"), "缺少 source"),
        (lambda it: it.update(valid_from="2016-3-1"), "valid_from 应写成"),
        (lambda it: it.update(valid_to="2015-01-01"), "早于 valid_from"),
        (lambda it: it.update(colour="red"), "不认识的字段「colour」"),
        (lambda it: it.update(change_rule="NEVER"), "change_rule 只能是"),
        (lambda it: it.update(change_rule="BY_DAYS", counter_on_change="RESTART"), "重新累计"),
        (lambda it: it.pop("period"), "缺少 period"),
        (lambda it: it["period"].update(unit="WEEK"), "period.unit 只能是"),
        (lambda it: it["period"].update(start="31-01"), "period.start 应写成"),
        (lambda it: it.update(classes={}), "缺少 classes"),
        (lambda it: resident(it).update(tiers_upto=["180", "240"]), "最后一档要写 null"),
        (lambda it: resident(it).update(tiers_upto=["240", "180", None]), "没有高于前一档"),
        (lambda it: resident(it).update(tiers_upto=[180, "240", None]), "应写成"),
        (lambda it: resident(it)["components"][0].update(prices=["3.95"]), "应有 3 个价格"),
        (lambda it: resident(it)["components"][0]["prices"].__setitem__(0, "3,95"), "应写成"),
        (lambda it: resident(it)["components"][0]["prices"].__setitem__(0, "-1"), "不能为负"),
        (lambda it: resident(it)["components"][0].pop("code"), "缺少 code"),
        (lambda it: resident(it).update(components=[]), "缺少 components"),
        (lambda it: it["household"].update(mode="GUESS"), "household.mode"),
        (lambda it: it["household"].update(per_extra=["36"]), "应有 2 个数"),
        (lambda it: resident(it).update(relief={"name": "低保"}), "relief 要有"),
        (lambda it: resident(it).update(fixed=[{"code": "X"}]), "固定收费"),
        (lambda it: resident(it).update(minimum_yuan_per_month="0.001"), "精确到分"),
        (lambda it: resident(it).update(seasons=[{"months": [13], "name": "夏"}]), "1 到 12"),
        (
            lambda it: it["classes"]["NON_RESIDENT"]["over_plan"]["bands"].pop(),
            "最后一档写 null",
        ),
        (lambda it: it["examples"][0]["fen"].update(WATER=1), "算例 TJ-1 的 WATER 应为 1 分"),
    ],
)
def test_faults_are_named(change: Change, told: str) -> None:
    data = tianjin()
    change(data)
    found = faults(data)
    assert any(told in text for text in found), found


def test_all_faults_at_once() -> None:
    data = tianjin()
    data.pop("city")
    data["classes"]["SHARED"]["components"][0]["prices"] = []
    data["classes"]["SPECIAL"].pop("name")
    assert len(faults(data)) == 3


def test_something_else_than_a_tariff() -> None:
    assert faults([]) == ["文件内容应是一个 JSON 对象(大括号)。"]


def test_hints_are_no_faults() -> None:
    data = tianjin()
    del data["examples"]
    resident(data)["components"][0]["prices"] = ["4", "5", "6"]
    assert faults(data) == []
    assert [text[:6] for text in hints(data)] == ["没有算例(e", "类别 RES"]
