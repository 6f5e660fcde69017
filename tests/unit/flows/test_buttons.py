"""Buttons are made of a question's options."""

from typing import Any

from bot.flows.buttons import add_option_buttons
from bot.flows.loader import load_sources
from tests.unit.flows.project import FLOWS


def test_a_question_with_options_gets_its_buttons() -> None:
    own = [{"title": "甲", "payload": "甲"}]
    responses: dict[str, list[dict[str, Any]]] = {
        "utter_ask_inside": [{"text": "屋里还是屋外？"}, {"text": "哪里？", "buttons": own}],
        "utter_ask_place": [{"text": "在哪里？"}],
    }
    add_option_buttons(responses, load_sources({"a.yml": FLOWS}))
    first, second = responses["utter_ask_inside"]
    assert [button["title"] for button in first["buttons"]] == ["屋里", "屋外"]
    assert second["buttons"] == own
    assert "buttons" not in responses["utter_ask_place"][0]
