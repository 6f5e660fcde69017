"""Changing one's mind about a value."""

import pytest

from tests.unit.flows.project import FLOWS, Conversation


def at_confirmation() -> Conversation:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    talk.say("交200", "pay_bill", amount=20000)
    return talk


@pytest.mark.parametrize("intent", ["deny", "inform", "affirm", "pay_bill"])
def test_new_value_at_the_confirmation_is_checked_and_confirmed_again(intent: str) -> None:
    talk = at_confirmation()
    said = talk.say("不对，是300块", intent, amount=30000)
    assert said == ["action_check_amount", "utter_ask_pay_confirmed"]
    assert talk.slots["amount"] == 30000
    assert talk.say("对", "affirm")[0] == "action_pay"


def test_yes_with_the_same_value_is_a_yes() -> None:
    assert at_confirmation().say("对，200", "affirm", amount=20000)[0] == "action_pay"


def test_correction_at_a_later_question_goes_on_from_there() -> None:
    talk = Conversation()
    talk.say("和平里漏水", "report_leak", address="和平里")
    talk.say("屋外")
    assert talk.say("不对，是胜利路", address="胜利路") == ["action_ask_phone"]
    assert (talk.slots["place"], talk.slots["inside"]) == ("胜利路", "outside")


def test_a_correction_whose_check_fails_asks_again() -> None:
    talk = at_confirmation()
    talk.effects["action_check_amount"] = {"amount": None}
    assert talk.say("改成0块", amount=0) == ["action_check_amount", "utter_ask_amount"]


TOP_UP = """
flow: top_up
title: 充值
starts_with: [top_up]
first_fills: [sum]
steps:
  - action: action_prepare
  - if: slots.owes_nothing
    then:
      - collect: sum
        from: [amount]
  - confirm: sure
  - action: action_pay
"""


def test_a_detail_first_named_at_the_confirmation_is_prepared_anew() -> None:
    talk = Conversation(flows=FLOWS + "---" + TOP_UP)
    assert talk.say("充值", "top_up") == ["action_prepare", "utter_ask_sure"]
    assert talk.say("不对，充300", amount=30000) == ["action_prepare", "utter_ask_sure"]
    assert talk.slots["sum"] == 30000
    assert talk.say("充400", amount=40000) == ["action_prepare", "utter_ask_sure"]


def test_a_free_text_that_names_other_details_is_the_answer() -> None:
    talk = Conversation(slots={"identity_level": 0})
    talk.say("交200", "pay_bill", account_no="1000002468", amount=20000)
    assert talk.say("验证码123456，户号1000009999", account_no="1000009999")[0] == (
        "action_confirm_code"
    )
    assert talk.slots["account_no"] == "1000002468"
