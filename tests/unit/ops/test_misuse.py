"""A command that is written wrongly is answered in Chinese, and never with a traceback."""

import sys

import pytest

from bot import command_line


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("nothing", "命令「xiaoshui」没有这样的用法。用法见 xiaoshui --help。"),
        ("demo nothing", "命令「xiaoshui demo」没有这样的用法。"),
        ("desk release", "缺少「conversation」。"),
        ("run --fast", "没有选项「--fast」。"),
        ("chat --as", "选项「--as」后面缺少值,或不该有值。"),
        ("nlu parse --now soon", "「--now」的值不对。"),
    ],
)
def test_it_says_what_is_wrong_and_where_to_read(
    words: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["xiaoshui", *words.split()])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == command_line.MISUSED
    said = capsys.readouterr()
    assert said.err.startswith(sentence)
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


@pytest.mark.parametrize("words", ["prove", "migrate", "demo list", "demo make"])
def test_a_database_that_is_away_is_one_sentence_without_its_password(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@127.0.0.1:1/x")
    monkeypatch.setattr(sys, "argv", ["xiaoshui", *words.split()])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert str(ended.value.code).startswith("数据库连不上")
    assert "hunter2" not in str(ended.value.code)
