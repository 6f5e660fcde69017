"""Pipeline component: entities with canonical values.

Each entity on the parsed message is {"entity", "value", "start", "end", "text",
"extractor"}; start and end index the customer's own text, ``text`` is that piece of it.
Words that name no value (「每个月」 as a date) are left out.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_NAME_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.entity_spans import settle
from bot.nlu.entity_tagger import MODEL_FILE, EntityTagger, Span
from bot.nlu.normalise import NormalisedText, normalise
from bot.nlu.number_spans import number_spans
from bot.nlu.resolve import resolve
from bot.nlu.resolve_date import SHANGHAI
from bot.nlu.text_normaliser import normalised_text
from bot.nlu.whole_expressions import as_period

METHODS_FILE = "payment_methods.json"


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=True)
class DetailExtractor(GraphComponent, EntityExtractorMixin):
    """Rules for numbers, a character CRF for places and times, one resolver a kind."""

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._tagger: EntityTagger | None = None
        self._methods: dict[str, str] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DetailExtractor:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DetailExtractor:
        component = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._open(folder)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every marked example; the synonyms become the ways to pay."""
        examples = [_marked(example) for example in training_data.nlu_examples]
        with self._model_storage.write_to(self._resource) as folder:
            EntityTagger.learn(examples, folder / MODEL_FILE)
            methods = json.dumps(training_data.entity_synonyms, ensure_ascii=False, sort_keys=True)
            (folder / METHODS_FILE).write_text(methods)
            self._open(folder)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the entities of each message, counted from ``metadata["now"]``."""
        for message in messages:
            now = _business_time(message)
            intent = (message.get(INTENT) or {}).get(INTENT_NAME_KEY)
            original = message.get(TEXT) or ""
            found = self._entities(original, normalised_text(message), now, intent)
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _open(self, folder: Path) -> None:
        self._tagger = EntityTagger(folder / MODEL_FILE)
        self._methods = json.loads((folder / METHODS_FILE).read_text())

    def _entities(
        self, original: str, normalised: NormalisedText, now: datetime, intent: str | None
    ) -> list[dict[str, Any]]:
        if self._tagger is None:
            raise RuntimeError("the entity tagger is neither trained nor loaded")
        text = normalised.text
        found: list[dict[str, Any]] = []
        settled = settle(text, self._tagger.tag(text), number_spans(text), self._methods)
        for span in (as_period(text, each, intent) for each in settled):
            value = resolve(span.kind, text[span.start : span.end], now, self._methods)
            if value is None:
                continue
            start, end = normalised.original_span(span.start, span.end)
            found.append(
                {
                    "entity": span.kind,
                    "value": value,
                    "start": start,
                    "end": end,
                    "text": original[start:end],
                    "extractor": type(self).__name__,
                }
            )
        return found


def _business_time(message: Message) -> datetime:
    """``metadata["now"]`` (ISO) when the caller gave it, else the clock."""
    given = (message.get("metadata") or {}).get("now")
    if not given:
        return datetime.now(SHANGHAI)
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _marked(example: Message) -> tuple[str, list[Span]]:
    """An example's normalised text with its entities moved to it."""
    normalised = normalise(example.get(TEXT) or "")
    spans: list[Span] = []
    for entity in example.get(ENTITIES) or []:
        inside = [
            at
            for at, origin in enumerate(normalised.origins)
            if entity["start"] <= origin < entity["end"]
        ]
        if inside:
            spans.append(Span(entity["entity"], inside[0], inside[-1] + 1))
    return normalised.text, spans
