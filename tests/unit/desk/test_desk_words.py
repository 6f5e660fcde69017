"""What the desk makes of words, lengths, times and the dialogue's state."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from channels.desk import wording
from channels.desk.composing import ReplyRefused, composed
from channels.desk.marks import is_urgent, marks_of
from channels.desk.recap import Recap, recap_of

NOW = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("楼下爆管了快来人", ["emergency"]),
        ("再不管我打12345", ["anger"]),
        ("路都淹了没人管", ["emergency", "anger"]),
        ("查一下水费", []),
    ],
)
def test_marks(said: str, codes: list[str]) -> None:
    marks = marks_of(["你好", said])
    assert [mark.code for mark in marks] == codes
    assert is_urgent(marks) == ("emergency" in codes)


def test_a_complaint_is_marked_whatever_its_words() -> None:
    assert [mark.code for mark in marks_of(["您好"], "complaint")] == ["anger"]


@pytest.mark.parametrize(
    ("channel", "longest"),
    [("web", "字" * 4000), ("sms", "字" * 500), ("wechat", "字" * 682), ("sms", "😀" * 250)],
)
def test_the_longest_reply_fits_and_one_more_does_not(channel: str, longest: str) -> None:
    assert composed(f" {longest}\r\n", channel) == longest
    with pytest.raises(ReplyRefused, match="一条最多"):
        composed(longest + longest[0], channel)


@pytest.mark.parametrize("nothing", ["", " \r\n ", "\0"])
def test_nothing_is_no_reply(nothing: str) -> None:
    with pytest.raises(ReplyRefused):
        composed(nothing, "web")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "不到 1 分钟"),
        (-3, "不到 1 分钟"),
        (59, "59 分钟"),
        (125, "2 小时 5 分钟"),
        (4320, "3 天"),
    ],
)
def test_waited(minutes: int, words: str) -> None:
    assert wording.waited(NOW - timedelta(minutes=minutes), NOW) == words


def test_clock_is_shanghais() -> None:
    assert wording.clock(NOW, NOW) == "10:30"
    assert wording.clock(NOW - timedelta(hours=11), NOW) == "11月24日 23:30"


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("13812345678", "138****5678"),
        ("demo:arrears", "演示客户 arrears"),
        ("0a1b2c3d", "访客 …2c3d"),
    ],
)
def test_customers_are_masked(user: str, name: str) -> None:
    assert wording.customer_name("web", user) == name


def test_recap_says_what_the_bot_was_doing_and_knew() -> None:
    state = {
        "slots": {
            "flow_stack": {"frames": [{"flow": "pay_bill"}, {"flow": "ask_price"}]},
            "account_no": "1000002468",
            "bill_period": {"first": "2026-09", "last": "2026-10"},
            "amount": 8640,
            "inside": True,
            "code": "123456",
        },
        "said": "我要付86块4",
        "intent": "pay_bill",
    }
    recap = recap_of(json.dumps(state).encode(), {"pay_bill": "缴水费"})
    assert (recap.flows, recap.intent) == (("缴水费", "ask_price"), "缴水费")
    assert recap.known == (
        ("户号", "1000002468"),
        ("账期", "2026年9月至2026年10月"),
        ("金额", "86.40 元"),
        ("户内", "户内"),
    ), "a one-time code is never shown"


@pytest.mark.parametrize("state", [b"", b"\xff", b"{}", b'{"slots": {"flow_stack": 3}}'])
def test_a_strange_state_is_an_empty_recap(state: bytes) -> None:
    assert recap_of(state, {}) == Recap()
