"""From unclear messages to training data, step by step."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from bot.learning import lessons, sheet
from bot.learning.anonymous import anonymous
from bot.learning.grouping import Unclear, grouped
from bot.learning.trial import Figures, better_kept

PHONE = "13912345678"


def encoder(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts are alike when they begin alike."""
    return np.array([[text[0] == "水", text[0] == "电"] for text in texts], dtype=np.float32)


def test_personal_details_are_replaced() -> None:
    text = f"我是王小明，住在槐花巷9号，电话{PHONE}，身份证320100199001011234"
    spans = [("address", "槐花巷9号"), ("phone", PHONE)]
    entities = [
        {"entity": kind, "start": text.index(words), "end": text.index(words) + len(words)}
        for kind, words in spans
    ]
    said = anonymous(text, entities)
    assert "[幸福路1号](address)" in said and "[13800000000](phone)" in said
    for personal in ("王小明", "槐花巷", PHONE, "19900101"):
        assert personal not in said


def test_what_tells_nothing_personal_stays() -> None:
    entities = [{"entity": "bill_period", "start": 0, "end": 3}]
    assert anonymous("上个月水费咋回事", entities) == "[上个月](bill_period)水费咋回事"


def test_alike_ones_stand_together_and_the_frequent_ones_first() -> None:
    unclear = [Unclear("电一", 1, ()), Unclear("水一", 2, ()), Unclear("水二", 3, ())]
    groups = grouped(unclear, encoder)
    assert [[one.text for one in group.members] for group in groups] == [["水二", "水一"], ["电一"]]
    assert grouped([], encoder) == []


def filled(place: Path, labels: Sequence[str]) -> Path:
    unclear = [Unclear("水一", 2, ("pay_bill",)), Unclear("水二", 1, ()), Unclear("电一", 1, ())]
    sheet.write(place, grouped(unclear, encoder))
    head, *lines = place.read_text(encoding="utf-8-sig").splitlines()
    told = [line + label for line, label in zip(lines, labels, strict=True)]
    place.write_text("\n".join([head, *told]), encoding="utf-8")
    return place


def test_one_label_is_enough_for_a_group(tmp_path: Path) -> None:
    place = filled(tmp_path / "list.csv", ["check_bill", "", "-"])
    assert sheet.read(place, {"check_bill"}) == {"check_bill": ["水一", "水二"]}


@pytest.mark.parametrize(
    ("labels", "words"), [(["", "", ""], "还没有标好"), (["nonsense", "", ""], "不存在")]
)
def test_a_list_that_cannot_be_used_is_explained(
    tmp_path: Path, labels: Sequence[str], words: str
) -> None:
    with pytest.raises(sheet.BadSheet, match=words):
        sheet.read(filled(tmp_path / "list.csv", labels), {"check_bill"})


def examples_of(file: Path) -> list[str]:
    written = yaml.safe_load(file.read_text())["nlu"][0]["examples"]
    return [line.removeprefix("- ") for line in written.splitlines()]


def test_lessons_are_rasa_examples_and_can_be_taken_back(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    lessons.add(tmp_path, {"check_bill": ["水费咋了"]})
    before = lessons.add(
        tmp_path, {"check_bill": ["水费咋了", "水费呢"], "faq/tier_reset": ["几月清零"]}
    )
    lessons.remember(record, before)
    learnt = tmp_path / lessons.FOLDER
    assert examples_of(learnt / "check_bill.yml") == ["水费咋了", "水费呢"]
    assert examples_of(learnt / "faq_tier_reset.yml") == ["几月清零"]
    lessons.take_back(tmp_path, record)
    assert examples_of(learnt / "check_bill.yml") == ["水费咋了"]
    assert not (learnt / "faq_tier_reset.yml").exists()
    with pytest.raises(lessons.NothingToUndo):
        lessons.take_back(tmp_path, record)


@pytest.mark.parametrize(
    ("new", "taken"),
    [
        (Figures(0.95, 0.9, 0.9, 0.99), True),
        (Figures(0.97, 0.9, 0.9, 0.99), True),
        (Figures(0.94, 0.95, 0.95, 0.99), False),
        (Figures(0.97, 0.9, 0.9, 0.98), False),
    ],
)
def test_only_a_model_that_is_nowhere_worse_is_taken(new: Figures, taken: bool) -> None:
    figures = {Path("running"): Figures(0.95, 0.9, 0.9, 0.99), Path("candidate"): new}
    found = better_kept(lambda: Path("candidate"), figures.__getitem__, Path("running"))
    assert found == (taken, figures[Path("running")], new)
