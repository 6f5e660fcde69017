"""FlowPolicy: the Rasa policy that runs the flows; the only file here that knows Rasa's tracker."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.flows import domain_names
from bot.flows.check_command import FLOWS_FOLDER
from bot.flows.checker import check_flows
from bot.flows.loader import FlowProblems, load_sources, read_sources
from bot.flows.message import Button, Message, from_parse_data
from bot.flows.model import Flows
from bot.flows.runner import Runner
from bot.flows.turn import Settings
from bot.flows.vocabulary import LISTEN

FLOWS_FILE = "flows.json"
MOST_ACTIONS = int(os.environ.get("MAX_NUMBER_OF_PREDICTIONS", "10")) - 2
"""Rasa breaks a turn off after that many predictions (rasa.core.processor); the apology and the
listening come before."""


class InvalidFlows(RasaException):
    """The flows do not fit the domain; the message has one line for each problem."""


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class FlowPolicy(Policy):
    """Runs the flows of the project folder `flows`; training keeps them in the model."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        flows: Flows | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self.flows: Flows = flows or {}
        self._runner: Runner | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """The folder of the flows, and the thresholds (see Settings)."""
        settings = Settings(max_actions=MOST_ACTIONS)
        return {"priority": 6, "flows": FLOWS_FOLDER, **vars(settings)}

    @staticmethod
    def supported_data() -> SupportedData:
        """Stories and rules are accepted, but flows decide alone."""
        return SupportedData.ML_AND_RULE_DATA

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Makes Rasa train anew when a flow file changed."""
        sources = read_sources(Path(str(config.get("flows", FLOWS_FOLDER))))
        return hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Checks the flows and keeps them in the model. Raises InvalidFlows."""
        sources = read_sources(Path(str(self.config["flows"])))
        try:
            problems = check_flows(load_sources(sources), domain_names.from_rasa(domain))
        except FlowProblems as error:
            problems = error.problems
        if problems:
            raise InvalidFlows("\n".join(problems))
        with self._model_storage.write_to(self._resource) as folder:
            text = json.dumps(sources, ensure_ascii=False)
            (Path(folder) / FLOWS_FILE).write_text(text, encoding="utf-8")
        return self._resource

    @classmethod
    def load(  # pyright: ignore[reportIncompatibleMethodOverride]: Rasa passes keywords
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FlowPolicy:
        """Takes the flows out of the model."""
        with model_storage.read_from(resource) as folder:
            sources = json.loads((Path(folder) / FLOWS_FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, execution_context, load_sources(sources))

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The flows' next action with certainty; the slots it needs are set when it runs."""
        if tracker.latest_message is None or tracker.latest_message.text is None:
            return self._predict(LISTEN, [], domain)
        slots = {name: slot.value for name, slot in tracker.slots.items()}
        decision = self._get_runner(domain).decide(slots, _message(tracker, tracker.latest_message))
        events = [SlotSet(slot, value) for slot, value in decision.slots.items()]
        return self._predict(decision.action, events, domain)

    def _predict(self, action: str, events: list[SlotSet], domain: Domain) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, optional_events=list(events))

    def _get_runner(self, domain: Domain) -> Runner:
        if self._runner is None:
            names = Settings.__dataclass_fields__
            settings = Settings(**{name: self.config[name] for name in names})
            self._runner = Runner(self.flows, frozenset(domain.responses), settings)
        return self._runner


def _message(tracker: DialogueStateTracker, said: UserUttered) -> Message:
    """The customer's latest message; without an id its time tells it from the one before."""
    message_id = said.message_id or str(said.timestamp)
    data = {**said.parse_data, "entities": said.entities, "text": said.text}
    data.setdefault("metadata", said.metadata)
    return from_parse_data(message_id, data, tuple(_buttons(tracker)))


def _buttons(tracker: DialogueStateTracker) -> Iterator[Button]:
    """The buttons of the bot's last words before the customer's message."""
    heard = 0
    for event in reversed(tracker.events):
        heard += isinstance(event, UserUttered)
        if heard > 1:
            return
        buttons = event.data.get("buttons") if heard and isinstance(event, BotUttered) else None
        if buttons:
            for button in buttons:
                title = str(button.get("title", ""))
                yield Button(title, str(button.get("payload") or title))
            return
