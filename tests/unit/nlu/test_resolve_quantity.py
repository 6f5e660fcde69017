"""Money, water, meters, persons and numbers that name something."""

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.resolve_quantity import (
    resolve_account_no,
    resolve_amount,
    resolve_meter_reading,
    resolve_person_count,
    resolve_phone,
    resolve_ticket_no,
    resolve_volume,
)

SPOKEN = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("words", "fen"),
    [
        ("200元", 20000),
        ("两百块钱", 20000),
        ("八十六块四", 8640),
        ("一百五", 15000),
        ("¥200", 20000),
        ("RMB200", 20000),
        ("贰佰元", 20000),
        ("86.4元", 8640),
        ("八毛二", 82),
        ("三块零五分", 305),
        ("一块二毛五", 125),
        ("两万六", 2600000),
        ("三百蚊", 30000),
        ("三百多", {"min": 30000, "max": 40000}),
        ("七八十块", {"min": 7000, "max": 8000}),
    ],
)
def test_amount(words: str, fen: int | dict[str, int]) -> None:
    assert resolve_amount(words) == fen


@pytest.mark.parametrize(
    ("words", "litres"),
    [
        ("12吨", 12000),
        ("零点三方", 300),
        ("半方", 500),
        ("八十升", 80),
        ("一千斤", 500),
        ("25顿", 25000),
        ("二十几方", {"min": 20000, "max": 30000}),
        ("一吨多", {"min": 1000, "max": 2000}),
        ("水", None),
    ],
)
def test_volume(words: str, litres: int | dict[str, int] | None) -> None:
    assert resolve_volume(words) == litres


@pytest.mark.parametrize(
    ("words", "cubic_metres"),
    [("0921", 921), ("九百二十一吨", 921), ("一二零六", 1206), ("253.6", 253), ("四百四", 440)],
)
def test_meter_reading(words: str, cubic_metres: int) -> None:
    assert resolve_meter_reading(words) == cubic_metres


@pytest.mark.parametrize(
    ("words", "persons"), [("六口人", 6), ("7个人", 7), ("五口", 5), ("仨人", 3), ("六口子", 6)]
)
def test_person_count(words: str, persons: int) -> None:
    assert resolve_person_count(words) == persons


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("13811112222", "13811112222"),
        ("+8613811112222", "13811112222"),
        ("幺三八零零幺幺二二二二", "13800112222"),
        ("010-66778899", "01066778899"),
        ("一二三", None),
    ],
)
def test_phone(words: str, number: str | None) -> None:
    assert resolve_phone(words) == number


def test_ticket_no() -> None:
    assert resolve_ticket_no("gd20261124001") == "GD20261124001"
    assert resolve_ticket_no("GD二零二六一一二四零零一") == "GD20261124001"


@given(st.integers(min_value=1, max_value=99_999), st.integers(0, 9), st.integers(0, 9))
def test_amount_said_in_words_comes_back(yuan: int, jiao: int, fen: int) -> None:
    words = cn2an.an2cn(yuan) + "块"
    if jiao:
        words += SPOKEN[jiao] + "毛"
    if fen:
        words += ("" if jiao else "零") + SPOKEN[fen] + "分"
    assert resolve_amount(words) == yuan * 100 + jiao * 10 + fen


@given(st.integers(min_value=1_000_000_000, max_value=1_999_999_999))
def test_account_number_said_digit_by_digit_comes_back(number: int) -> None:
    words = "".join(SPOKEN[int(digit)] for digit in str(number))
    assert resolve_account_no(words) == str(number)
    assert resolve_account_no(words.replace("一", "幺")) == str(number)
