"""What people say to a confirmation."""

import pytest

from bot.flows.yes_or_no import LEAVES, yes_or_no


@pytest.mark.parametrize("said", ["好，帮我申请", "嗯，取消吧", "行", "对对对", "可以啊"])
def test_yes(said: str) -> None:
    assert yes_or_no(said) is True


@pytest.mark.parametrize("said", ["先不交了", "不用了", "好吧，那就不办了", "还是别取消了", "不要"])
def test_no(said: str) -> None:
    assert yes_or_no(said) is False


@pytest.mark.parametrize(
    "said", ["不对，是300块", "可以用支付宝吗", "好的为什么这么多", "交水费", "好多人"]
)
def test_neither(said: str) -> None:
    assert yes_or_no(said) is None


def test_leaving() -> None:
    assert LEAVES.match("不报了，刚才有人报过了")
    assert not LEAVES.match("不用了")
