"""Pipeline component: store the normalised text and its way back on every message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.normalise import NormalisedText, normalise

NORMALISED = "normalised_text"


def normalised_text(message: Message) -> NormalisedText:
    """The normalised text of a message, made now when the component has not run."""
    stored = message.get(NORMALISED)
    return stored if stored is not None else normalise(message.get(TEXT) or "")


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER], is_trainable=False)
class TextNormaliser(GraphComponent):
    """Full width, traditional characters, emoji and repeated marks are brought into one form."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextNormaliser:
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalisation of training texts happens where they are read; nothing is stored."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``normalised_text`` on each message."""
        for message in messages:
            message.set(NORMALISED, normalise(message.get(TEXT) or ""))
        return messages
