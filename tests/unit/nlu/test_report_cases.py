"""Utterances are read from both forms, and a bad line is named."""

from pathlib import Path

import pytest

from bot.nlu.report.cases import BadCases, Case, read, unmarked


def test_marks_are_taken_out() -> None:
    text, spans = unmarked("交[200元](amount)，[明天](date_time)")
    assert text == "交200元，明天"
    assert spans == {("amount", 1, 5), ("date_time", 6, 8)}


def test_a_table_is_named_after_its_intent(tmp_path: Path) -> None:
    (tmp_path / "faq.tsv").write_text("plain\t[冬天](date_time)怎么防冻\tfrost_protection\n")
    spans = frozenset({("date_time", 0, 2)})
    assert read(tmp_path) == [Case("冬天怎么防冻", "faq", spans, "plain", "frost_protection")]


def test_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(
        '{"text": "去北京", "intent": "map",'
        ' "entities": [{"entity": "city", "start": 1, "end": 3}]}\n\n'
        '{"text": "你好", "intent": "chat"}\n'
    )
    assert read(file) == [Case("去北京", "map", frozenset({("city", 1, 3)})), Case("你好", "chat")]


@pytest.mark.parametrize("line", ["{", '{"text": "没有意图"}', "[]", '{"text": 1}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(f'{{"text": "好", "intent": "a"}}\n{line}\n')
    with pytest.raises(BadCases, match="第 2 行"):
        read(file)


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(BadCases, match="没有可用的语句"):
        read(tmp_path)
    with pytest.raises(BadCases, match="读不了"):
        read(tmp_path / "absent.jsonl")
