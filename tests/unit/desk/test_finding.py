import pytest

from billing_client.back_office import Customer
from channels.desk.composing import ReplyRefused, composed
from channels.desk.customer_matching import fits
from channels.desk.searching import snippet

WANG = Customer("1000002468", "王小明", "13811111234", "和平里2栋3单元401", "web", "u")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("1000002468", True), ("100000246", False), ("1234", True), ("234", False),
        ("王小", True), ("和平里2栋", True), ("和平里3栋", False), ("wang xiao", True),
        ("wangxiaoming", True), ("wxm", True), ("WX", True), ("w", False), ("ming", False),
    ],
)  # fmt: skip
def test_a_customer_is_found_by_what_staff_have(words: str, found: bool) -> None:
    assert fits(WANG, words) is found


def test_a_snippet_shows_the_words_with_what_stands_around() -> None:
    text = "前" * 30 + "水表" + "后" * 30
    assert snippet(text, "水表") == "…" + "前" * 20 + "水表" + "后" * 20 + "…"
    assert snippet("水表坏了", "水表") == "水表坏了"


def test_a_blank_of_a_canned_reply_is_not_sent() -> None:
    with pytest.raises(ReplyRefused, match="open"):
        composed("应付 {open} 元", "web")
    assert composed("应付 {86.40} 元", "web") == "应付 {86.40} 元"
