"""Two wishes in one message, with an understanding made by hand."""

from bot.nlu.intent_model import Understanding
from bot.nlu.second_wish import find_second_wish

WORDS = {"水费": "check_bill", "水表": "report_meter_fault", "谢谢": "thanks"}


def understand(text: str) -> Understanding:
    for word, intent in WORDS.items():
        if word in text:
            return Understanding(((intent, 0.95),), None, 0.0)
    return Understanding((("out_of_scope", 0.3),), None, 0.0)


def test_a_later_clause_with_another_wish_is_found() -> None:
    found = find_second_wish("查一下水费,另外水表坏了", understand)
    assert found is not None
    assert (found.first.intent, found.second.intent) == ("check_bill", "report_meter_fault")
    assert found.text == "水表坏了"


def test_the_same_wish_twice_is_one() -> None:
    assert find_second_wish("查一下水费,另外十月水费也查", understand) is None


def test_thanks_is_no_wish() -> None:
    assert find_second_wish("查一下水费,另外谢谢你啊", understand) is None


def test_a_balance_that_is_still_there_is_no_joint() -> None:
    assert find_second_wish("水费账户里还有水表钱吗", understand) is None
