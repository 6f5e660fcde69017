"""为啥 after an answer: explained is what the answer was about."""

import pytest

from tests.unit.flows.project import FLOWS, Conversation

BILLS = (
    FLOWS.replace("starts_with: [check_bill]", "starts_with: [check_bill]\nwhy: explain_bill")
    + """
---
flow: explain_bill
title: 解释账单
starts_with: [explain_bill]
digression: true
first_fills: [bill_period]
steps: [{action: action_explain_bill}]
---
flow: dispute_bill
title: 账单异议
starts_with: [dispute_bill]
why: explain_bill
first_fills: [bill_period]
steps:
  - action: action_compare_bill
  - collect: dispute_way
    optional: true
    options: [{title: 复核, value: reread}, {title: 不用了, value: none}]
"""
)


@pytest.mark.parametrize(
    "why", ["为啥", "那是为什么呢？", "怎么这么多", "这怎么算出来的", "凭什么"]
)
def test_why_explains_the_bill_shown_last(why: str) -> None:
    talk = Conversation(flows=BILLS)
    talk.say("三月账单", "check_bill", bill_period="2026-03")
    assert talk.say(why, "out_of_scope", 0.87) == ["action_explain_bill"]
    assert talk.slots["bill_period"] is None  # cleared with the flow
    assert talk.slots["flow_stack"]["last"]["slots"] == {"bill_period": "2026-03"}


def test_why_at_an_optional_question_ends_it() -> None:
    talk = Conversation(flows=BILLS)
    talk.say("三月的不对", "dispute_bill", bill_period="2026-03")
    assert talk.say("为啥", "out_of_scope", 0.87) == ["action_explain_bill"]
    assert talk.running == []


def test_an_optional_question_left_unanswered_and_the_same_of_another_period() -> None:
    talk = Conversation(flows=BILLS)
    talk.say("三月的不对", "dispute_bill", bill_period="2026-03")
    assert talk.say("再说吧", "out_of_scope", 0.4) == ["utter_offer_declined"]
    assert talk.say("那去年同期呢", bill_period="2025-03") == ["action_explain_bill"]
    assert talk.slots["flow_stack"]["last"]["slots"] == {"bill_period": "2025-03"}


def test_why_with_nothing_to_explain_is_not_understood() -> None:
    assert Conversation(flows=BILLS).say("为啥", "out_of_scope", 0.5) == ["utter_please_rephrase"]


COMPLAINT = """
flow: complain
title: 投诉
starts_with: [complain]
steps:
  - collect: request_details
    text: true
  - action: action_open_request
"""


def test_an_account_of_what_happened_is_taken_as_it_stands() -> None:
    talk = Conversation(flows=FLOWS + "---" + COMPLAINT)
    talk.say("我要投诉", "complain")
    assert talk.say("等了一整天也没人来修水管", "report_leak", 0.95) == ["action_open_request"]


def test_a_wish_at_the_same_question_is_a_wish() -> None:
    talk = Conversation(flows=FLOWS + "---" + COMPLAINT)
    talk.say("我要投诉", "complain")
    assert talk.say("帮我看看这个月的账单", "check_bill", 0.95)[0] == "action_show_bill"
