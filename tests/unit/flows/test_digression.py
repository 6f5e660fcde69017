"""Side questions and other tasks in the middle of one."""

from tests.unit.flows.project import Conversation, Entity, Message, Wish


def paying() -> Conversation:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    assert talk.say("交水费", "pay_bill") == ["utter_ask_amount"]
    return talk


def test_side_question_then_the_open_question_again() -> None:
    talk = paying()
    said = talk.say("先看看账单", "check_bill")
    assert said == ["action_show_bill", "utter_back_to_task", "utter_ask_amount"]
    assert talk.slots["open_task"] == "缴水费"
    assert talk.say("你好", "greet") == ["utter_greet", "utter_back_to_task", "utter_ask_amount"]


def test_general_question_is_answered_in_between() -> None:
    talk = paying()
    faq = Message("", "违约金怎么算", "faq", 0.9, faq_topic="late_fee")
    assert talk.hear(faq) == ["action_answer_faq", "utter_back_to_task", "utter_ask_amount"]
    assert talk.slots["faq_topic"] == "late_fee"


def test_another_task_makes_the_first_wait_and_its_slots_come_back() -> None:
    talk = Conversation()
    talk.say("和平里漏水", "report_leak", address="和平里")
    assert talk.say("家里也没水了", "report_no_water") == ["utter_ask_place"]
    said = talk.say("胜利路5号", address="胜利路5号")
    assert said == ["action_open_report", "utter_resume_task", "utter_ask_inside"]
    assert talk.slots["place"] == "和平里"
    assert talk.slots["open_task"] == "报修漏水"


def test_wish_for_the_waiting_task_leaves_the_upper_one() -> None:
    talk = paying()
    talk.say("没水了", "report_no_water")
    said = talk.say("还是交水费吧", "pay_bill")
    assert said == ["utter_flow_left", "utter_resume_task", "utter_ask_amount"]
    assert talk.running == ["pay_bill"]


def test_an_unsure_other_task_is_no_interruption() -> None:
    wrong = ["utter_invalid_amount", "utter_ask_amount"]
    assert paying().say("没水", "report_no_water", 0.5) == wrong


def test_an_unsure_look_at_own_data_is_better_than_a_wrong_answer() -> None:
    assert paying().say("账单", "check_bill", 0.5)[0] == "action_show_bill"


def test_despair_brings_a_person_at_once() -> None:
    talk = paying()
    talk.runner.responses = frozenset({*talk.runner.responses, "utter_despair"})
    assert talk.say("交不起，不想活了", "complain") == ["utter_despair", "action_hand_over"]
    assert talk.slots["handover_reason"] == "despair"


def test_a_detail_that_fits_wins_over_an_unsure_wish() -> None:
    talk = paying()
    assert talk.say("账单的200块", "check_bill", 0.7, amount=20000)[0] == "action_check_amount"


def test_second_wish_is_taken_up_after_the_first() -> None:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    second = Wish("report_leak", (Entity("address", "和平里"),))
    first = Message("", "交200，和平里还漏水", "pay_bill", second=second)
    assert talk.hear(first) == ["utter_ask_amount"]
    talk.say("200块", amount=20000)
    assert talk.say("对", "affirm") == ["action_pay", "utter_next_wish", "utter_ask_inside"]
    assert talk.slots["place"] == "和平里"
    assert talk.slots["open_task"] == "报修漏水"


def test_a_read_only_first_wish_goes_straight_to_the_second() -> None:
    talk = Conversation()
    said = talk.hear(Message("", "查账单，还有漏水", "check_bill", second=Wish("report_leak")))
    assert said == ["action_show_bill", "utter_next_wish", "utter_ask_place"]


def test_a_greeting_before_the_wish_needs_no_bridge() -> None:
    said = Conversation().hear(Message("", "你好我家漏水", "greet", second=Wish("report_leak")))
    assert said == ["utter_greet", "utter_ask_place"]


def test_a_story_told_as_an_answer_holds_no_further_wish() -> None:
    talk = Conversation()
    assert talk.say("漏水了", "report_leak") == ["utter_ask_place"]
    told = Message("", "就是菜场边上，水费也没少收", "report_leak", second=Wish("check_bill"))
    talk.hear(told)
    assert "check_bill" not in str(talk.slots["flow_stack"])
    assert talk.slots["place"] == "就是菜场边上，水费也没少收"
