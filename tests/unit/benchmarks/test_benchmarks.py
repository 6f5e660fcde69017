"""The benchmark counts what it says it counts, and its ratios point the right way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.benchmarks import report
from tests.benchmarks.figures import Figures, Row
from tests.benchmarks.load import MESSAGES_A_CONVERSATION, Ask, Customers, Measured, measure
from tests.benchmarks.stock_rasa import environment


class Echo:
    """Answers after a while, and notes who said what and how many talked at once."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self.said: dict[str, list[str]] = {}
        self.open = self.most_open = 0

    @asynccontextmanager
    async def conversation(self, customer: str) -> AsyncIterator[Ask]:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        heard = self.said.setdefault(customer, [])

        async def ask(text: str) -> None:
            heard.append(text)
            await asyncio.sleep(self._seconds)

        yield ask
        self.open -= 1


async def test_each_customer_is_new_and_says_the_next_texts() -> None:
    echo, texts = Echo(), [f"text {number}" for number in range(7)]
    measured = await measure(echo.conversation, Customers(texts), at_once=2, conversations=3)
    assert len(measured.milliseconds) == 3 * MESSAGES_A_CONVERSATION
    said = [text for heard in echo.said.values() for text in heard]
    assert said == [texts[place % 7] for place in range(15)]
    assert list(echo.said) == ["bench-0", "bench-1", "bench-2"]


async def test_so_many_talk_at_once_and_a_turn_is_timed() -> None:
    echo = Echo(seconds=0.01)
    measured = await measure(echo.conversation, Customers(["text"]), at_once=4, conversations=8)
    assert echo.most_open == 4
    assert min(measured.milliseconds) >= 10
    assert measured.seconds >= 2 * MESSAGES_A_CONVERSATION * 0.01


async def test_no_answer_ends_the_run() -> None:
    @asynccontextmanager
    async def silent(_customer: str) -> AsyncIterator[Ask]:
        async def ask(_text: str) -> None:
            raise TimeoutError

        yield ask

    with pytest.raises(ExceptionGroup):
        await measure(silent, Customers(["text"]), at_once=2, conversations=2)


def test_a_factor_over_one_is_good_both_ways() -> None:
    assert Row("messages/s", (90.0, 30.0), more_is_better=True).factor(0, 1) == 3
    assert Row("p99, ms", (20.0, 60.0)).factor(0, 1) == 3


def test_the_table_stands_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    speed = {1: Measured(1.0, (10.0, 20.0))}
    ours = Figures("ours", speed, 500, 60.0, 8.0, 800)
    other = Figures("other", speed, 1000, 600.0, 32.0, 1600)
    report.write(report.table([ours], [other]), page)
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| training, s of processor | 60 | 600 | 10.0× |" in text


def test_a_launcher_without_its_python_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = tmp_path / "python3.10"
    launcher.write_text("#!/bin/sh\nexit 127\n")
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv(environment.PYTHON_SETTING, raising=False)
    assert environment.find_python() is None
    with pytest.raises(environment.Missing, match=r"Python 3\.10"):
        environment.prepare()
