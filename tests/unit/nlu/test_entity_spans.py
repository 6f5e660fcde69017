"""What the form of a number decides, and how a tagger's span is corrected."""

import pytest

from bot.nlu.entity_spans import settle
from bot.nlu.entity_tagger import Span
from bot.nlu.number_spans import number_spans
from bot.nlu.whole_expressions import as_period, widen

METHODS = {"微信": "wechat", "支付宝": "alipay", "银行卡": "bank_card"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("交了86.4元", [("86.4元", "amount")]),
        ("用了12吨三百多块", [("12吨", "volume"), ("三百多块", "amount")]),
        ("家里七口人", [("七口人", "person_count")]),
        ("13811112222", [("13811112222", "phone")]),
        ("户号1000002468", [("1000002468", "account_no")]),
        ("GD20261120003", [("GD20261120003", "ticket_no")]),
        ("验证码382910", [("382910", "code")]),
        ("现在多少钱一吨", [("一吨", "question")]),
        ("物业收五块一吨", [("五块", "amount"), ("一吨", "question")]),
        ("是不是三块九一吨", [("三块九", "amount")]),
        ("第三方平台", [("三", "number")]),
        ("没有一口水喝", [("一", "number")]),
    ],
)
def test_classes_of_numbers(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[start:end], kind) for start, end, kind in number_spans(text)] == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("200", "amount"),
        ("就两百吧", "amount"),
        ("0921", "meter_reading"),
        ("1000002468", "account_no"),
        ("微信", "payment_method"),
    ],
)
def test_a_detail_alone(text: str, kind: str) -> None:
    assert [span.kind for span in settle(text, [], number_spans(text), METHODS)] == [kind]


def test_six_digits_alone_may_be_a_code() -> None:
    assert settle("382910", [], number_spans("382910"), METHODS) == []


def test_the_tagger_decides_what_a_plain_number_is_and_the_form_where_it_ends() -> None:
    text = "表上是1203,对吗"
    found = settle(text, [Span("meter_reading", 3, 8)], number_spans(text), METHODS)
    assert found == [Span("meter_reading", 3, 7)]


def test_a_verb_before_the_way_to_pay_stays_outside() -> None:
    text = "绑个银行卡"
    found = settle(text, [Span("payment_method", 0, 5)], [], METHODS)
    assert found == [Span("payment_method", 2, 5)]


def test_a_period_is_widened_to_its_whole() -> None:
    text = "跟去年同期比"
    assert widen(text, Span("date_time", 1, 3)) == Span("bill_period", 1, 5)


def test_last_month_is_a_period_where_the_wish_is_a_bill() -> None:
    text = "上个月多少钱"
    span = Span("date_time", 0, 3)
    assert as_period(text, span, "check_bill").kind == "bill_period"
    assert as_period(text, span, "report_leak").kind == "date_time"


@pytest.mark.parametrize(
    ("text", "figure"),
    [("我家水表现在是30", "30"), ("表上显示:921", "921"), ("今天抄表 1203", "1203")],
)
def test_what_a_dial_shows_is_a_reading(text: str, figure: str) -> None:
    found = settle(text, [], number_spans(text), METHODS)
    assert [(span.kind, text[span.start : span.end]) for span in found][-1] == (
        "meter_reading",
        figure,
    )


def test_the_week_before_last_is_whole() -> None:
    text = "上上周四报的"
    assert settle(text, [Span("date_time", 1, 4)], [], METHODS) == [Span("date_time", 0, 4)]
