"""Places, ways to pay, and the one door to all values."""

from datetime import datetime

import pytest

from bot.nlu.resolve import resolve, resolve_address, resolve_payment_method
from bot.nlu.resolve_date import SHANGHAI

METHODS = {"微信": "wechat", "信用卡": "credit_card", "建行": "bank_card", "现金": "cash"}
NOW = datetime(2026, 11, 24, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("和平里十二栋 一单元", "和平里12栋1单元"),
        ("幸福里九栋幺零二", "幸福里9栋102"),
        ("中山路一百二十号", "中山路120号"),
        ("人民路和中山路交叉口", "人民路和中山路交叉口"),
    ],
)
def test_address(words: str, place: str) -> None:
    assert resolve_address(words) == place


@pytest.mark.parametrize(
    ("words", "method"),
    [
        ("微信支付", "wechat"),
        ("建行信用卡", "credit_card"),
        ("某某银行卡", "bank_card"),
        ("贝壳", "other"),
    ],
)
def test_payment_method(words: str, method: str) -> None:
    assert resolve_payment_method(words, METHODS) == method


def test_each_kind_has_a_resolver() -> None:
    words = {
        "account_no": "1000002468",
        "amount": "200元",
        "bill_period": "上个月",
        "date_time": "昨天",
        "meter_reading": "0921",
        "person_count": "六口人",
        "phone": "13811112222",
        "ticket_no": "GD20261124001",
        "volume": "12吨",
        "address": "和平里",
        "payment_method": "微信",
    }
    assert all(resolve(kind, said, NOW, METHODS) is not None for kind, said in words.items())
