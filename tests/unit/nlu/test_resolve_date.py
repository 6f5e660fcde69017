"""Days and times, counted from Tuesday 24 November 2026, ten in the morning."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.resolve_date import SHANGHAI, resolve_date_time

NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("昨天", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("昨天晚上", "2026-11-23T18:00", "2026-11-24T00:00"),
        ("昨晚十点", "2026-11-23T22:00", "2026-11-23T23:00"),
        ("今早", "2026-11-24T06:00", "2026-11-24T10:00"),
        ("明天上午", "2026-11-25T08:00", "2026-11-25T12:00"),
        ("明天下午3点半", "2026-11-25T15:30", "2026-11-25T16:30"),
        ("下午三点到五点", "2026-11-24T15:00", "2026-11-24T17:00"),
        ("凌晨1点到3点", "2026-11-24T01:00", "2026-11-24T03:00"),
        ("下礼拜三", "2026-12-02T00:00", "2026-12-03T00:00"),
        ("上周五", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("周末", "2026-11-28T00:00", "2026-11-30T00:00"),
        ("上礼拜", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("十月八号", "2026-10-08T00:00", "2026-10-09T00:00"),
        ("下个月十号", "2026-12-10T00:00", "2026-12-11T00:00"),
        ("三天前", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("国庆", "2026-10-01T00:00", "2026-10-08T00:00"),
        ("上个月", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("半小时", "2026-11-24T09:00", "2026-11-24T10:00"),
        ("20:00", "2026-11-24T20:00", "2026-11-24T21:00"),
    ],
)
def test_interval(words: str, start: str, end: str) -> None:
    found = resolve_date_time(words, NOW)
    assert found is not None
    assert (found["from"], found["to"]) == (f"{start}:00+08:00", f"{end}:00+08:00")


def test_how_often() -> None:
    assert resolve_date_time("每个月", NOW) == {"every": "month"}


@pytest.mark.parametrize("words", ["天天", "经常", "2月30号"])
def test_no_interval(words: str) -> None:
    assert resolve_date_time(words, NOW) is None


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_calendar_day_comes_back(day: date) -> None:
    found = resolve_date_time(f"{day.month}月{day.day}号", NOW)
    assert found is not None
    assert datetime.fromisoformat(found["from"]).date() == day


@given(st.text(alphabet="昨今明上下周月三点半到晚早0129号前后天个", max_size=8))
def test_any_words_give_an_ordered_interval_or_none(words: str) -> None:
    found = resolve_date_time(words, NOW)
    if found:
        start, end = (datetime.fromisoformat(found[edge]) for edge in ("from", "to"))
        assert start <= end
        assert start.utcoffset() == timedelta(hours=8)
