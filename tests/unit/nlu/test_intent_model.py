"""The intent model in small: learns, keeps, opens, and is the same every time."""

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.intent_model import NONSENSE, OUT_OF_SCOPE, IntentModel

EXAMPLES = {
    "check_bill": ["水费多少", "这个月水费多少钱", "查一下水费", "我欠多少水费", "看看账单"],
    "report_leak": ["水管漏水了", "楼下爆管了", "路上漏水", "门口水管裂了", "管子喷水了"],
    "faq/late_fee": ["违约金怎么算", "晚交罚多少", "滞纳金比例多少"],
    "faq/meter": ["水表几年换", "水表是谁的", "水表寿命多长"],
    "faq/hardness": ["水硬度多少", "水垢很多怎么回事", "水硬不硬"],
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return IntentModel.learn(TEXTS, LABELS)


def test_wishes_and_topics(model: IntentModel) -> None:
    assert model.understand("查水费").intent == "check_bill"
    asked = model.understand("违约金怎么算的")
    assert (asked.intent, asked.topic) == ("faq", "late_fee")


def test_pinyin_is_understood_without_the_encoder(model: IntentModel) -> None:
    assert model.understand("shuiguan loushui le").intent == "report_leak"


def test_two_labels_are_too_few() -> None:
    with pytest.raises(ValueError, match="3 labels"):
        IntentModel.learn(TEXTS[:10], LABELS[:10])


def test_confidences_are_probabilities(model: IntentModel) -> None:
    ranking = model.understand("水").ranking
    assert sum(chance for _, chance in ranking) == pytest.approx(1, abs=1e-4)
    assert [chance for _, chance in ranking] == sorted((c for _, c in ranking), reverse=True)


def test_what_is_saved_opens_the_same(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert IntentModel.open(tmp_path).understand("门口漏水") == model.understand("门口漏水")


def test_the_same_examples_give_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        IntentModel.learn(TEXTS, LABELS).save(tmp_path / name)
    with (
        np.load(tmp_path / "one/intent_model.npz") as one,
        np.load(tmp_path / "two/intent_model.npz") as two,
    ):
        assert all(np.array_equal(one[key], two[key]) for key in one)


def test_nonsense_is_told_as_out_of_scope() -> None:
    nonsense = ["的了吗是不在", "阿斯顿发", "那那那就", "哒哒哒嘀嘀", "额额这那", "吧啦吧啦哗"]
    foreign = ["今天股票涨了吗", "放首歌听听", "电费怎么交", "明天下雨吗", "帮我订外卖", "讲个故事"]
    texts = [*TEXTS, *nonsense, *foreign]
    labels = [*LABELS, *[NONSENSE] * len(nonsense), *[OUT_OF_SCOPE] * len(foreign)]
    model = IntentModel.learn(texts, labels)
    said_nothing, said_another_thing = (model.understand(text) for text in ("阿斯顿发的", "放首歌"))
    assert said_nothing.intent == said_another_thing.intent == OUT_OF_SCOPE
    assert said_nothing.is_nonsense and not said_another_thing.is_nonsense
    assert NONSENSE not in dict(said_nothing.ranking)
    assert sum(chance for _, chance in said_nothing.ranking) == pytest.approx(1, abs=1e-4)


def test_a_glance_and_the_places_to_part(model: IntentModel) -> None:
    assert model.glance("查水费")[0][0] == "check_bill"
    assert model.may_part("我欠多少水费", "水表多久换")
    assert not model.may_part("我欠多", "裂了")
