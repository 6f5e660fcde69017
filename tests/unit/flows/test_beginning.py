"""How a message begins something: bare topics, pieces of buttons, details told in words."""

from typing import Any

from tests.unit.flows.project import FLOWS, Button, Conversation

MORE_FLOWS = (
    FLOWS.replace("[bill_period]", "[bill_period, account_no]").replace(
        "first_fills: [place]", "first_fills: [place, inside]", 1
    )
    + """
---
flow: dispute_bill
title: 账单异议
starts_with: [dispute_bill]
steps:
  - action: action_compare_bill
  - collect: dispute_way
    optional: true
    options: [{title: 申请复核, value: reread}, {title: 不用了, value: none}]
---
flow: menu_repair
title: 报修
named: [报修, 维修]
digression: true
steps: [{respond: utter_menu_repair}]
"""
)
MENU = (Button("漏水或爆管", "/report_leak"), Button("家里没水", "/report_no_water"))


def talking(**known: Any) -> Conversation:
    return Conversation(flows=MORE_FLOWS, **known)


def test_a_bare_topic_asks_which_of_its_matters() -> None:
    for text in ("报修", "我要报修", "帮我报修一下", "请问维修"):
        assert talking().say(text, "report_leak", sure=0.5) == ["utter_menu_repair"]


def test_a_menu_in_the_middle_of_a_task_is_not_talked_over() -> None:
    talk = talking(slots={"identity_level": 1, "account_no": "1"})
    talk.say("交水费", "pay_bill")
    assert talk.say("报修", "report_leak", sure=0.5) == ["utter_menu_repair"]
    talk.buttons = MENU
    assert talk.say("家里没水", "report_no_water")[0] == "utter_ask_place"


def test_a_topic_with_a_matter_is_that_matter() -> None:
    assert talking().say("报修漏水", "report_leak") == ["utter_ask_place"]


def test_a_piece_of_a_button_is_the_button() -> None:
    for text in ("漏水", "爆管", "漏"):
        talk = talking(buttons=MENU)
        assert talk.say(text, "inform", sure=0.3) == ["utter_ask_place"], text


def test_what_the_starting_message_says_in_words_is_not_asked() -> None:
    talk = talking()
    talk.say("和平里路上漏水", "report_leak", address="和平里")
    assert talk.slots["inside"] == "outside"
    assert talk.running == ["report_leak"]


def test_one_character_in_a_sentence_is_no_detail() -> None:
    flows = FLOWS_WITH_SHORT_WORD
    talk = Conversation(flows=flows)
    talk.say("小区门口漏水", "report_leak", address="小区门口")
    assert talk.slots.get("inside") is None


def test_the_wish_said_again_is_a_yes() -> None:
    talk = talking(slots={"identity_level": 1, "account_no": "1000000001"})
    talk.say("交水费", "pay_bill", amount=100)
    assert talk.say("交", "pay_bill") == ["action_pay", "utter_offer_more"]


def test_an_optional_question_is_left_without_a_word() -> None:
    talk = talking()
    talk.say("水费不对", "dispute_bill")
    assert talk.say("家里没水了", "report_no_water") == ["utter_ask_place"]
    assert talk.running == ["report_no_water"]


def test_an_optional_question_still_takes_its_answers() -> None:
    talk = talking()
    talk.say("水费不对", "dispute_bill")
    talk.say("复核")
    assert talk.running == []


def test_who_cannot_tell_gets_help_and_in_the_end_a_person() -> None:
    talk = talking(slots={"identity_level": 0, "account_no": "1000000001"})
    talk.say("交水费", "pay_bill")
    help_once = ["utter_help_code", "utter_ask_code"]
    assert talk.say("没收到") == help_once
    assert talk.say("不知道在哪") == help_once
    assert talk.say("找不到") == ["utter_help_code", "utter_offer_person"]


def test_the_other_account_is_the_one_not_shown() -> None:
    talk = talking(slots={"identity_level": 1, "accounts": ["1", "2"], "account_no": "1"})
    talk.say("查水费", "check_bill", account_no="1")
    assert talk.say("另一个呢", "inform", sure=0.3) == ["action_show_bill"]
    assert talk.slots["flow_stack"]["last"]["slots"]["account_no"] == "2"


def test_one_month_further_back() -> None:
    talk = talking(slots={"identity_level": 1, "account_no": "1"})
    talk.say("今年1月的水费", "check_bill", bill_period={"first": "2026-01", "last": "2026-01"})
    assert talk.say("再往前一个月呢", "inform", sure=0.3) == ["action_show_bill"]
    assert talk.slots["flow_stack"]["last"]["slots"]["bill_period"]["first"] == "2025-12"


def test_both_accounts_are_done_one_after_the_other() -> None:
    buttons = (Button("1 和平里", "1"), Button("2 学府路", "2"))
    talk = talking(slots={"identity_level": 1, "accounts": ["1", "2"]}, buttons=buttons)
    assert talk.say("交水费", "pay_bill", amount=100) == ["utter_ask_account_no"]
    assert talk.say("两个都交", "pay_bill", sure=0.5) == [
        "action_check_amount",
        "utter_ask_pay_confirmed",
    ]
    assert talk.slots["account_no"] == "1"
    talk.buttons = ()
    talk.say("好", "affirm")
    assert talk.slots["account_no"] == "2"


FLOWS_WITH_SHORT_WORD = """
flow: report_leak
title: 报修漏水
starts_with: [report_leak]
first_fills: [place, inside]
steps:
  - collect: place
    from: [address]
  - collect: inside
    words: {minor: [小]}
---
flow: human_agent
title: 转人工
starts_with: [human_agent]
steps: [{action: action_hand_over}]
"""
