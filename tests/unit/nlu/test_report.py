"""A report over made-up answers; our own models trained on a set of another trade."""

from pathlib import Path

import pytest

from bot.nlu.report.cases import Case, unmarked
from bot.nlu.report.chinese import as_text
from bot.nlu.report.measure import Answer, measure, report_of
from bot.nlu.report.own_training import TooFewIntents, trained_on
from bot.nlu.report.picture import draw

NONE = frozenset()
CASES = [
    Case("水费多少", "check_bill", NONE, "plain"),
    Case("欠多少", "check_bill", NONE, "sms"),
    Case("漏水了", "report_leak", NONE, "plain"),
    Case("股票涨了吗", "out_of_scope", NONE, "plain"),
]
SURE = [
    (("check_bill", 0.9), ("out_of_scope", 0.1)),
    (("report_leak", 0.6), ("check_bill", 0.4)),
    (("report_leak", 0.8), ("out_of_scope", 0.2)),
    (("out_of_scope", 0.7), ("check_bill", 0.3)),
]
ANSWERS = [Answer(ranking, NONE, None, ms) for ms, ranking in enumerate(SURE, start=1)]


def test_the_figures_of_a_report() -> None:
    found = report_of(CASES, ANSWERS, {"dropped": 0.5})
    assert (found.cases, found.accuracy, found.spans) == (4, 0.75, None)
    assert {name: group.accuracy for name, group in found.styles.items()} == {
        "plain": 1.0,
        "sms": 0.0,
    }
    assert found.intents["check_bill"].mistaken_for == "report_leak"
    assert found.mistakes == [("check_bill", "report_leak", 1)]
    assert found.outside is not None
    assert (found.outside.caught, found.outside.refused, found.outside.auroc) == (1, 0, 1)
    assert found.ms_median == 2.5


def test_the_report_is_chinese_and_whole() -> None:
    text = as_text(report_of(CASES, ANSWERS, {"dropped": 0.5}))
    for piece in (
        "意图准确率 75.0%",
        "拦下 100.0%",
        "漏字：50.0%（-25.0 个百分点）",
        "短信体：0.0%",
    ):
        assert piece in text


def test_noise_is_put_to_the_same_understander() -> None:
    found, answers = measure(CASES, lambda text: ANSWERS[0])
    assert found.accuracy == 0.5 and set(found.noise.values()) == {0.5}
    assert len(answers) == len(CASES)
    assert not measure(CASES, lambda text: ANSWERS[0], with_noise=False)[0].noise


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    file = tmp_path / "new" / "confusion.png"
    draw(["a", "a", "b"], ["a", "b", "b"], file)
    assert file.read_bytes().startswith(b"\x89PNG")


def foreign_set() -> list[Case]:
    texts = {
        "music": ("放一首[歌](song)", "来点[音乐](song)听", "我想听[民谣](song)"),
        "weather": ("[北京](city)天气", "[上海](city)下雨吗", "[广州](city)热不热"),
        "clock": ("几点了", "现在什么时间", "报个时"),
    }
    marked = [(intent, *unmarked(text)) for intent, several in texts.items() for text in several]
    return [Case(text, intent, spans) for intent, text, spans in marked]


def test_our_models_learn_another_set() -> None:
    cases = [*foreign_set(), Case("再见", "alone")]
    understand, left_out = trained_on(cases)
    assert left_out == 1
    assert understand("北京天气").intent == "weather"
    assert understand("放一首歌").ms > 0
    assert len(understand("现在几点").ranking) == 3


def test_too_few_intents() -> None:
    with pytest.raises(TooFewIntents):
        trained_on(foreign_set()[:3])
