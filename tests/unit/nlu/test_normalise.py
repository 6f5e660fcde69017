"""The normalised text and the way back to the customer's own text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import normalise


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("２００元", "200元"),
        ("水費點交", "水费点交"),
        ("没水了！！！！！", "没水了!!"),
        ("水好黄😡😡[怒]", "水好黄"),
        ("138 1111 2222", "13811112222"),
        ("  在吗  ", "在吗"),
        ("水\u200b费", "水费"),
        ("", ""),
    ],
)
def test_written_form(original: str, expected: str) -> None:
    assert normalise(original).text == expected


def test_span_leads_back_over_dropped_characters() -> None:
    original = "😡電話是１３８ １１１１ ２２２２！"
    found = normalise(original)
    start = found.text.index("13811112222")
    first, last = found.original_span(start, start + 11)
    assert original[first:last] == "１３８ １１１１ ２２２２"


def test_an_empty_span_is_refused() -> None:
    with pytest.raises(ValueError, match="empty span"):
        normalise("水费").original_span(1, 1)


@given(st.text(max_size=80))
def test_origins_rise_and_stay_inside(original: str) -> None:
    found = normalise(original)
    assert len(found.origins) == len(found.text)
    assert list(found.origins) == sorted(set(found.origins))
    assert all(0 <= origin < len(original) for origin in found.origins)


@given(st.text(alphabet="水费交２００元！ 電錶😡138", max_size=40))
def test_normalising_twice_changes_nothing(original: str) -> None:
    once = normalise(original).text
    assert normalise(once).text == once
