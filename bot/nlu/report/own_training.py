"""Our models trained on another set of utterances, to be put beside published figures.

Entities have the tagger's borders alone: the rules that settle numbers and values know
only the kinds of a water utility.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bot.nlu.entity_tagger import MODEL_FILE, EntityTagger
from bot.nlu.entity_tagger import Span as Tagged
from bot.nlu.intent_model import IntentModel
from bot.nlu.linear_model import LEAST_LABELS
from bot.nlu.normalise import NormalisedText, normalise
from bot.nlu.report.cases import Case, Spans
from bot.nlu.report.measure import Answer, Understander

FEWEST_EXAMPLES = 2  # an intent with one example can't be calibrated


class TooFewIntents(ValueError):
    """Nothing can be learnt from fewer than three intents."""


def trained_on(cases: Sequence[Case]) -> tuple[Understander, int]:
    """An understander that knows these cases alone, and how many were too rare to learn.

    Raises TooFewIntents.
    """
    counts = Counter(case.intent for case in cases)
    kept = [case for case in cases if counts[case.intent] >= FEWEST_EXAMPLES]
    if len({case.intent for case in kept}) < LEAST_LABELS:
        raise TooFewIntents
    normalised = [normalise(case.text) for case in kept]
    intents = IntentModel.learn([one.text for one in normalised], [_label(case) for case in kept])
    tagger = _tagger(kept, normalised)

    def understand(text: str) -> Answer:
        began = time.perf_counter()
        one = normalise(text)
        understood = intents.understand(one.text)
        spans = _original(one, tagger.tag(one.text)) if tagger and one.text else frozenset()
        spent = (time.perf_counter() - began) * 1000
        return Answer(understood.ranking, spans, understood.topic, spent)

    return understand, len(cases) - len(kept)


def _label(case: Case) -> str:
    return f"{case.intent}/{case.topic}" if case.topic else case.intent


def _tagger(cases: Sequence[Case], normalised: Sequence[NormalisedText]) -> EntityTagger | None:
    if not any(case.spans for case in cases):
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / MODEL_FILE
        marked = [
            (one.text, _moved(case.spans, one)) for case, one in zip(cases, normalised, strict=True)
        ]
        EntityTagger.learn(marked, file)
        return EntityTagger(file)


def _moved(spans: Spans, one: NormalisedText) -> list[Tagged]:
    """Spans of the original text as spans of the normalised one; what it dropped is left out."""
    moved: list[Tagged] = []
    for kind, start, end in sorted(spans, key=lambda span: span[1]):
        inside = [at for at, origin in enumerate(one.origins) if start <= origin < end]
        if inside:
            moved.append(Tagged(kind, inside[0], inside[-1] + 1))
    return moved


def _original(one: NormalisedText, tagged: Sequence[Tagged]) -> Spans:
    return frozenset((span.kind, *one.original_span(span.start, span.end)) for span in tagged)
