"""Pipeline component: the intent, its ranking, the faq topic and a second wish.

Output keys on the parsed message: ``intent`` {name, confidence}, ``intent_ranking``
(best ten), ``faq_topic`` (None unless the intent is faq), ``faq_topic_confidence`` and
``second_intent`` (None or {name, confidence, text, faq_topic}).
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.intent_model import NONSENSE, OUT_OF_SCOPE, IntentModel, Understanding
from bot.nlu.normalise import normalise
from bot.nlu.second_wish import find_second_wish
from bot.nlu.text_normaliser import normalised_text

RANKED = 10
WARMING = ("你好", "nihao")  # the sentence encoder; the syllables of pinyin
MOST_SURE_OF_NONSENSE = 0.3  # below what the flows believe, so that they ask again
_EMPTY = Understanding(((OUT_OF_SCOPE, 1.0),), None, 0.0)  # marks or emoji alone


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class WishClassifier(GraphComponent, IntentClassifier):
    """Linear model over characters, sounds and the sentence encoder."""

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, model: IntentModel | None = None
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WishClassifier:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WishClassifier:
        with model_storage.read_from(resource) as folder:
            component = cls(model_storage, resource, IntentModel.open(folder))
        for text in WARMING:  # what the model reads from disk is read now
            component._understood(text)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example with an intent."""
        examples = training_data.intent_examples
        texts = [normalise(example.get(TEXT)).text for example in examples]
        labels = [_label(example) for example in examples]
        self._model = IntentModel.learn(texts, labels)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking, faq topic and second wish on each message."""
        for message in messages:
            self._classify(message, normalised_text(message).text)
        return messages

    def _classify(self, message: Message, text: str) -> None:
        found = self._understood(text)
        wish = find_second_wish(text, found, self._trained())
        found = wish.first if wish else found
        message.set(INTENT, _named(found), add_to_output=True)
        ranking = [{"name": name, "confidence": sure} for name, sure in found.ranking[:RANKED]]
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set("faq_topic", found.topic, add_to_output=True)
        message.set("faq_topic_confidence", found.topic_confidence, add_to_output=True)
        second = (
            {**_named(wish.second), "text": wish.text, "faq_topic": wish.second.topic}
            if wish
            else None
        )
        message.set("second_intent", second, add_to_output=True)

    def _trained(self) -> IntentModel:
        if self._model is None:
            raise RuntimeError("the intent model is neither trained nor loaded")
        return self._model

    def _understood(self, text: str) -> Understanding:
        if not any(character.isalnum() for character in text):
            return _EMPTY
        return self._trained().understand(text)


def _named(found: Understanding) -> dict[str, Any]:
    """The intent; of nonsense nobody can be sure, though it is surely none of our wishes."""
    sure = min(found.confidence, MOST_SURE_OF_NONSENSE) if found.is_nonsense else found.confidence
    return {"name": found.intent, "confidence": sure}


def _label(example: Message) -> str:
    """``faq/TOPIC`` for retrieval intents (Rasa keeps it beside the intent), else the intent.

    Examples of a block with ``metadata: {nonsense: true}`` are kept apart.
    """
    about = (example.get("metadata") or {}).get(INTENT) or {}
    if about.get("nonsense"):
        return NONSENSE
    return example.get(INTENT_RESPONSE_KEY) or example.get(INTENT)
