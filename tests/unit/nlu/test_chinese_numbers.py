"""Spoken and written numbers."""

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.chinese_numbers import Quantity, parse_number, parse_quantity, spoken_digits


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("一百五", "150"),
        ("一百零五", "105"),
        ("两千零十五", "2015"),
        ("两万六", "26000"),
        ("廿三", "23"),
        ("贰佰", "200"),
        ("九六零", "960"),
        ("零点三", "0.3"),
        ("半", "0.5"),
        ("1,234.5", "1234.5"),
        ("1k", "1000"),
        ("1O48", "1048"),
    ],
)
def test_exact_numbers(words: str, value: str) -> None:
    assert parse_number(words) == Decimal(value)


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("三百多", 300, 400),
        ("十几", 10, 20),
        ("七八十", 70, 80),
        ("两三百", 200, 300),
        ("几十", 20, 90),
        ("100左右", 90, 110),
        ("1到3", 1, 3),
    ],
)
def test_ranges(words: str, least: int, most: int) -> None:
    assert parse_quantity(words) == Quantity(Decimal(least), Decimal(most))
    assert parse_number(words) is None


@pytest.mark.parametrize("words", ["", "水费", "一水", "多", "."])
def test_what_is_no_number(words: str) -> None:
    assert parse_quantity(words) is None


@given(st.integers(min_value=0, max_value=99_999_999))
def test_written_out_numbers_come_back(value: int) -> None:
    assert parse_number(cn2an.an2cn(value)) == value


@given(st.text(alphabet="零一二三四五六七八九", min_size=1, max_size=12))
def test_spoken_digits_keep_their_count(words: str) -> None:
    assert len(spoken_digits(words)) == len(words)


def test_radio_digits() -> None:
    assert spoken_digits("幺三八洞洞拐") == "138007"
