"""Levels of identity, and what actions signal."""

from tests.unit.flows.project import Conversation, Message


def stranger() -> Conversation:
    return Conversation(slots={"identity_level": 0})


def test_a_task_waits_until_the_customer_is_known() -> None:
    talk = stranger()
    first = talk.say("给1000002468交200", "pay_bill", account_no="1000002468", amount=20000)
    assert first == ["utter_ask_code"] and talk.slots["target_level"] == 1
    talk.effects["action_confirm_code"] = {"identity_level": 1}
    said = talk.say("123456")
    assert said == ["action_confirm_code", "action_check_amount", "utter_ask_pay_confirmed"]
    assert talk.slots["target_level"] is None and talk.slots["code"] is None


def test_a_failed_proof_ends_the_waiting_task() -> None:
    talk = stranger()
    talk.say("交200", "pay_bill", account_no="1000002468", amount=20000)
    talk.effects["action_confirm_code"] = {"flow_signal": "end"}
    assert talk.say("000000") == ["action_confirm_code"]
    assert talk.running == [] and talk.slots["flow_signal"] is None


def test_stop_while_proving_leaves_the_task_too() -> None:
    talk = stranger()
    talk.say("交水费", "pay_bill")
    assert talk.say("算了", "stop") == ["utter_flow_left"]
    assert talk.running == []


def test_the_worker_says_who_the_customer_is() -> None:
    talk = stranger()
    known = Message("", "交水费", "pay_bill", identity_level=2, accounts=["1000002468"])
    assert talk.hear(known) == ["utter_ask_account_no"]
    assert (talk.slots["identity_level"], talk.slots["accounts"]) == (2, ["1000002468"])


def paying() -> Conversation:
    talk = Conversation(slots={"identity_level": 1, "account_no": "1000002468"})
    talk.say("交200", "pay_bill", amount=20000)
    return talk


def test_retry_asks_the_slot_again_and_counts() -> None:
    talk = paying()
    talk.effects["action_pay"] = {"flow_signal": "retry:amount"}
    assert talk.say("对", "affirm") == ["action_pay", "utter_ask_amount"]
    again = talk.say("100", amount=10000)
    assert again == ["action_check_amount", "utter_ask_pay_confirmed"]


def test_refused_identity_links_and_repeats_the_step_once() -> None:
    talk = paying()
    talk.effects["action_pay"] = {"flow_signal": "call:link_account", "target_level": 2}
    assert talk.say("对", "affirm") == ["action_pay", "utter_ask_code"]
    talk.effects["action_confirm_code"] = {"identity_level": 2}
    said = talk.say("123456")
    assert said == ["action_confirm_code", "action_pay", "utter_apology_fault"]
    assert talk.running == []


def test_handover_and_fault_signals() -> None:
    talk = paying()
    talk.effects["action_pay"] = {"flow_signal": "handover"}
    assert talk.say("对", "affirm") == ["action_pay", "action_hand_over"]
    talk = paying()
    talk.effects["action_pay"] = {"flow_signal": "fault"}
    assert talk.say("对", "affirm") == ["action_pay", "utter_apology_fault"]
    assert talk.slots["handover_reason"] == "fault"
