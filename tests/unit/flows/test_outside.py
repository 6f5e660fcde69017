"""Messages while no task runs: offers, ellipsis, bare values, what is not understood."""

from tests.unit.flows.project import Button, Conversation, Entity, Message

NEAR = (("check_bill", 0.35), ("pay_bill", 0.3))
PLACE = (Entity("address", "和平里2栋", 0, 2),)


def test_yes_to_an_offer_starts_that_flow_with_what_is_known() -> None:
    talk = Conversation(slots={"identity_level": 1, "owes": True, "account_no": "1000002468"})
    assert talk.say("查账单", "check_bill") == ["action_show_bill", "utter_offer_pay"]
    assert talk.say("好的", "affirm") == ["utter_ask_amount"]


def test_no_to_an_offer_and_something_else_after_an_offer() -> None:
    talk = Conversation(slots={"identity_level": 1, "owes": True})
    talk.say("查账单", "check_bill")
    assert talk.say("不用", "deny") == ["utter_offer_declined"]
    talk.say("查账单", "check_bill")
    assert talk.say("漏水", "report_leak") == ["utter_ask_place"]


def test_an_offer_whose_condition_fails_is_not_made() -> None:
    assert Conversation().say("查账单", "check_bill") == ["action_show_bill"]


def test_ellipsis_runs_the_last_question_again() -> None:
    talk = Conversation()
    talk.say("三月账单", "check_bill", bill_period="2026-03")
    assert talk.say("那上个月呢", bill_period="2026-02") == ["action_show_bill"]
    assert talk.say("那一月呢", "pay_bill", 0.5, bill_period="2026-01") == ["action_show_bill"]


def test_ellipsis_in_the_middle_of_a_task() -> None:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    talk.say("交水费", "pay_bill")
    talk.say("三月账单多少", "check_bill", bill_period="2026-03")
    said = talk.say("那二月呢", bill_period="2026-02")
    assert said == ["action_show_bill", "utter_back_to_task", "utter_ask_amount"]


def test_answers_to_nothing_begin_no_task() -> None:
    talk = Conversation()
    for text, intent in (("好的", "affirm"), ("不是", "deny"), ("200块", "inform")):
        assert talk.say(text, intent, amount=20000) == ["utter_nothing_asked"]


def test_not_understood_twice_offers_a_person() -> None:
    talk = Conversation()
    assert talk.say("吧啦吧啦", "check_bill", 0.2) == ["utter_please_rephrase"]
    assert talk.say("吧啦", "nlu_fallback", 0.9) == ["utter_offer_person"]
    assert talk.say("好", "affirm") == ["action_hand_over"]


def test_being_understood_forgets_the_miss() -> None:
    talk = Conversation()
    talk.say("吧啦吧啦", "check_bill", 0.2)
    talk.say("你好", "greet")
    assert talk.say("吧啦", "check_bill", 0.2) == ["utter_please_rephrase"]


def test_two_near_meanings_are_offered_and_the_choice_starts_one() -> None:
    for answer in ("缴水费", "2", "/second"):
        talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
        unsure = Message("", "水费的事", "check_bill", 0.35, ranking=NEAR)
        assert talk.hear(unsure) == ["utter_clarify"]
        assert talk.slots["clarify_second"] == "缴水费"
        talk.buttons = (Button("查账单", "/first"), Button("缴水费", "/second"))
        assert talk.say(answer, "nlu_fallback", 0.3) == ["utter_ask_amount"], answer


def test_another_wish_instead_of_the_choice() -> None:
    talk = Conversation()
    talk.hear(Message("", "水费的事", "check_bill", 0.35, ranking=NEAR))
    assert talk.say("漏水", "report_leak") == ["utter_ask_place"]


def test_one_likely_meaning_is_asked_for_alone() -> None:
    alone = (("report_leak", 0.31), ("check_bill", 0.05))
    for answer, intent, then in (
        ("是的", "affirm", ["utter_ask_inside"]),
        ("报修漏水", "report_leak", ["utter_ask_inside"]),
        ("不是", "deny", ["utter_please_rephrase"]),
    ):
        talk = Conversation()
        asked = Message("", "厨房在滴", "report_leak", 0.31, ranking=alone, entities=PLACE)
        assert talk.hear(asked) == ["utter_clarify_one"]
        assert talk.slots["clarify_first"] == "报修漏水"
        assert talk.say(answer, intent) == then


def test_what_now_takes_up_an_offer_and_else_brings_the_offer_of_a_person() -> None:
    talk = Conversation(slots={"identity_level": 1, "owes": True, "account_no": "1000002468"})
    talk.say("查账单", "check_bill")
    assert talk.say("那怎么办", "out_of_scope", 0.9) == ["utter_ask_amount"]
    assert Conversation().say("这可咋整啊", "out_of_scope", 0.9) == ["utter_offer_person"]
