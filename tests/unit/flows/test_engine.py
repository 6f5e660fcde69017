"""The engine's own promises: it never circles, survives changes, decides fast, stays JSON."""

import json
import time

from bot.flows.turn import Settings
from tests.unit.flows.project import FLOWS, Conversation, Message

CIRCLE = FLOWS.replace(
    "steps: [{respond: utter_greet}]",
    "steps: [{id: again, respond: utter_greet}, {respond: utter_greet, next: again}]",
)


def test_a_circle_of_actions_ends_with_an_apology() -> None:
    talk = Conversation(flows=CIRCLE, settings=Settings(max_actions=8))
    assert talk.say("你好", "greet") == ["utter_greet"] * 8 + ["utter_apology_fault"]
    assert talk.slots["handover_reason"] == "fault" and talk.running == []


def test_the_stack_is_json_and_small() -> None:
    talk = Conversation()
    talk.say("和平里漏水", "report_leak", address="和平里")
    stored = json.dumps(talk.slots["flow_stack"])
    assert len(stored) < 400
    talk.slots["flow_stack"] = json.loads(stored)
    assert talk.say("屋里") == ["action_ask_phone"]


def test_a_flow_that_is_gone_after_an_update_is_forgotten() -> None:
    talk = Conversation()
    talk.say("没水了", "report_no_water")
    talk.slots["flow_stack"]["frames"][0]["step"] = "renamed"
    assert talk.say("你好", "greet") == ["utter_greet"]
    assert talk.running == []


def test_a_turn_that_broke_off_after_its_question_takes_the_answer() -> None:
    talk = Conversation()
    message = Message("0", "没水了", "report_no_water")
    decision = talk.runner.decide(talk.slots, message)
    talk.slots |= decision.slots
    assert decision.action == "utter_ask_place"
    assert talk.say("和平里", address="和平里") == ["action_open_report"]


def test_a_decision_takes_less_than_a_third_of_a_millisecond() -> None:
    talk = Conversation()
    talk.say("和平里漏水", "report_leak", address="和平里")
    message = Message("x", "屋里", "inform")
    times: list[float] = []
    for _ in range(200):
        start = time.perf_counter()
        talk.runner.decide(talk.slots, message)
        times.append(time.perf_counter() - start)
    assert sorted(times)[100] < 0.0003


def test_oldest_of_many_waiting_tasks_is_forgotten() -> None:
    tasks = "\n---\n".join(
        f"flow: t{n}\ntitle: 事{n}\nstarts_with: [i{n}]\nsteps:\n  - collect: s{n}\n    from: [e]\n"
        for n in range(6)
    )
    talk = Conversation(flows=FLOWS + "---\n" + tasks)
    for number in range(6):
        talk.say("办事", f"i{number}")
    assert talk.running == ["t2", "t3", "t4", "t5"]
