"""A task from its first message to its end."""

from tests.unit.flows.project import Conversation


def test_questions_are_asked_in_turn_and_slots_end_with_the_flow() -> None:
    talk = Conversation()
    assert talk.say("交水费", "pay_bill") == ["utter_ask_account_no"]
    assert talk.slots["open_task"] == "缴水费"
    assert talk.say("1000002468", account_no="1000002468") == ["utter_ask_amount"]
    assert talk.say("200块", amount=20000) == ["action_check_amount", "utter_ask_pay_confirmed"]
    assert talk.say("对", "affirm") == ["action_pay", "utter_offer_more"]
    assert talk.running == []
    assert (talk.slots["amount"], talk.slots["pay_confirmed"]) == (None, None)
    assert talk.slots["account_no"] == "1000002468"
    assert talk.slots["open_task"] is None


def test_details_of_the_first_message_are_not_asked_again() -> None:
    talk = Conversation()
    said = talk.say("给1000002468交200", "pay_bill", account_no="1000002468", amount=20000)
    assert said == ["action_check_amount", "utter_ask_pay_confirmed"]


def test_no_to_the_confirmation_ends_where_the_flow_says() -> None:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    talk.say("交200", "pay_bill", amount=20000)
    assert talk.say("不了", "deny") == ["utter_pay_left"]
    assert talk.running == [] and talk.slots["amount"] is None


def test_one_message_answers_several_questions() -> None:
    talk = Conversation()
    talk.say("漏水了", "report_leak")
    said = talk.say("和平里2栋，电话13811112222", address="和平里2栋", phone="13811112222")
    assert said == ["utter_ask_inside"]
    assert talk.say("2") == ["action_open_report"]


def test_options_by_title_number_and_word() -> None:
    for answer, value in (("屋里", "inside"), ("第二个", "outside"), ("在厨房那边", "inside")):
        talk = Conversation()
        talk.say("和平里漏水", "report_leak", address="和平里")
        assert talk.say(answer) == ["action_ask_phone"], answer
        assert talk.slots["inside"] == value


def test_intent_fills_and_text_fills() -> None:
    talk = Conversation()
    talk.say("漏水了", "report_leak")
    assert talk.say("菜市场后门", "out_of_scope", 0.3) == ["utter_ask_inside"]
    assert talk.slots["place"] == "菜市场后门"
    talk.say("屋外")
    assert talk.say("不用了", "deny") == ["action_open_report"]


def test_the_same_wish_again_does_not_start_anew() -> None:
    talk = Conversation()
    talk.say("交水费", "pay_bill")
    assert talk.say("我要交水费", "pay_bill") == ["utter_ask_account_no"]
    assert talk.say("交水费1000002468", "pay_bill", account_no="1000002468") == ["utter_ask_amount"]
    assert talk.running == ["pay_bill"]
