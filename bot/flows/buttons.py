"""Buttons of questions: made of the options in the flow, so that they are written once."""

from typing import Any

from bot.flows.model import Flows


def add_option_buttons(responses: dict[str, list[dict[str, Any]]], flows: Flows) -> None:
    """Gives every wording of a question with options its buttons; the payload is the title.

    `responses` are those of the loaded domain (`agent.domain.responses`) and are changed in place.
    A wording that has buttons of its own keeps them.
    """
    for flow in flows.values():
        for step in flow.collects():
            for wording in responses.get(step.ask, []) if step.options else []:
                titles = [option.title for option in step.options]
                wording.setdefault("buttons", [{"title": t, "payload": t} for t in titles])
