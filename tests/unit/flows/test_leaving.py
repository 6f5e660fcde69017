"""Stopping, asking for a person, and answers that never fit."""

from tests.unit.flows.project import Button, Conversation

PERSON = tuple(Button(title, title) for title in ("转人工", "继续办理", "先不办了"))


def paying() -> Conversation:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    talk.say("交水费", "pay_bill")
    return talk


def failed_three_times() -> Conversation:
    talk = paying()
    assert talk.say("嗯嗯") == ["utter_invalid_amount", "utter_ask_amount"]
    second = ["utter_invalid_amount", "utter_example_amount", "utter_ask_amount"]
    assert talk.say("那个啥") == second
    assert talk.say("啊") == ["utter_offer_person"]
    talk.buttons = PERSON
    return talk


def test_stop_leaves_the_task_and_says_which() -> None:
    talk = paying()
    assert talk.say("算了不办了", "stop") == ["utter_flow_left"]
    assert talk.running == []


def test_stop_offers_the_waiting_task_again() -> None:
    talk = paying()
    talk.say("没水了", "report_no_water")
    said = talk.say("算了", "stop")
    assert said == ["utter_flow_left", "utter_resume_task", "utter_ask_amount"]


def test_stop_with_nothing_running() -> None:
    assert Conversation().say("取消", "stop") == ["utter_nothing_to_stop"]


def test_a_person_at_any_moment() -> None:
    talk = paying()
    talk.say("200", amount=20000)
    assert talk.say("转人工", "human_agent") == ["action_hand_over"]
    assert talk.slots["handover_reason"] == "asked"
    assert talk.slots["amount"] is None and talk.running == []


def test_third_failure_then_a_person() -> None:
    talk = failed_three_times()
    assert talk.say("1") == ["action_hand_over"]
    assert talk.slots["handover_reason"] == "not_understood"


def test_third_failure_then_going_on() -> None:
    talk = failed_three_times()
    assert talk.say("继续办理") == ["utter_ask_amount"]
    talk.buttons = ()
    assert talk.say("200块", amount=20000)[0] == "action_check_amount"


def test_third_failure_then_leaving() -> None:
    assert failed_three_times().say("先不办了", "deny") == ["utter_flow_left"]


def test_third_failure_then_the_answer_after_all() -> None:
    talk = failed_three_times()
    talk.buttons = ()
    said = talk.say("200块", amount=20000)
    assert said == ["action_check_amount", "utter_ask_pay_confirmed"]


def test_a_failed_check_speaks_for_itself() -> None:
    talk = paying()
    talk.effects["action_check_amount"] = {"amount": None}
    assert talk.say("0块", amount=0) == ["action_check_amount", "utter_ask_amount"]
    said = talk.say("-1块", amount=-1)
    assert said == ["action_check_amount", "utter_example_amount", "utter_ask_amount"]
    assert talk.say("0块", amount=0) == ["action_check_amount", "utter_offer_person"]


def test_being_beside_the_point_counts_as_failing() -> None:
    talk = paying()
    aside = ["utter_out_of_scope", "utter_back_to_task", "utter_ask_amount"]
    assert talk.say("今天天气咋样", "out_of_scope") == aside
    assert talk.say("股票呢", "out_of_scope") == aside
    assert talk.say("讲个笑话", "out_of_scope") == ["utter_offer_person"]
