"""FlowPolicy inside a real Rasa agent: trained, loaded, talked to."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import rasa_adapter
from tests.unit.flows.project import FLOWS
from tests.unit.flows.test_checker import SOUND

ACTIONS_AS_WORDS = sorted(SOUND.actions)
CONFIG = """
recipe: default.v1
assistant_id: test
language: zh
pipeline:
  - name: KeywordIntentClassifier
policies:
  - name: bot.flows.policy.FlowPolicy
    flows: {folder}
"""
EXAMPLES = {
    "greet": ["你好"], "report_leak": ["漏水了"], "report_no_water": ["没水了"], "stop": ["算了"],
    "pay_bill": ["交水费"], "check_bill": ["查账单"], "affirm": ["好的"], "deny": ["不用"],
}  # fmt: skip


def write_project(folder: Path) -> dict[str, str]:
    """A project in which every custom action is a response, so that it runs without actions."""
    named = {name: f"utter_{name}" for name in ACTIONS_AS_WORDS}
    flows = FLOWS
    for name, response in named.items():
        flows = flows.replace(f"check: {name}", "").replace(name, response)
    any_slot = {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
    said = {name: [{"text": name}] for name in sorted(SOUND.responses | set(named.values()))}
    said["utter_flow_left"] = [{"text": "left {open_task}"}]
    for name, count in SOUND.buttons.items():
        said[name][0]["buttons"] = [{"title": str(n), "payload": str(n)} for n in range(count)]  # pyright: ignore
    domain = {
        "version": "3.1",
        "intents": sorted(SOUND.intents),
        "entities": sorted(SOUND.entities),
        "slots": dict.fromkeys(sorted(SOUND.slots), any_slot),
        "responses": said,
        "actions": ["action_answer_faq"],
    }
    intents = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in EXAMPLES.items()
    ]
    rules = [{"rule": "any", "steps": [{"intent": "greet"}, {"action": "utter_greet"}]}]
    data = {"version": "3.1", "nlu": intents, "rules": rules}
    (folder / "flows").mkdir()
    (folder / "flows" / "all.yml").write_text(flows)
    files: dict[str, Any] = {
        "domain.yml": json.dumps(domain, ensure_ascii=False),
        "data.yml": yaml.safe_dump(data, allow_unicode=True),
        "config.yml": CONFIG.format(folder=folder / "flows"),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return {name: str(folder / name) for name in files}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A trained model of the small project."""
    rasa_adapter.install()
    from rasa.model_training import train

    folder = tmp_path_factory.mktemp("project")
    files = write_project(folder)
    result = train(
        files["domain.yml"], files["config.yml"], [files["data.yml"]], output=str(folder)
    )
    assert result.model
    return result.model


async def test_a_conversation_through_rasa(model: str) -> None:
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    agent = Agent.load(model)

    async def say(text: str) -> list[str]:
        channel = CollectingOutputChannel()
        message = UserMessage(text, channel, "someone", metadata={"identity_level": 1})
        await agent.handle_message(message)
        return [reply["text"] for reply in channel.messages if "text" in reply]

    assert await say("漏水了") == ["utter_ask_place"]
    assert await say("你好") == ["utter_greet", "utter_back_to_task", "utter_ask_place"]
    assert await say('/inform{"address": "和平里"}') == ["utter_ask_inside"]
    assert await say("屋里") == ["utter_action_ask_phone"]
    assert await say("没水了") == ["utter_ask_place"]
    left = ["left 报修停水", "utter_resume_task", "utter_action_ask_phone"]
    assert await say("算了") == left
    assert await say("不用") == ["utter_action_open_report"]
    assert await say("不用") == ["utter_nothing_asked"]
