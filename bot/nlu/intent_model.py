"""What a customer wants: an intent model, and under ``faq`` a model of the topic.

Pure of Rasa. Two stages, because fifty topics of a few examples each, set beside
intents of eighty, would be crowded out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack, vstack
from sklearn.preprocessing import normalize

from bot.nlu.foreign_words import in_chinese
from bot.nlu.linear_model import LEAST_LABELS, Floats, LinearModel, Weights, train
from bot.nlu.ngram_features import NgramFeatures, SparseRow
from bot.nlu.noisy_copies import with_dropped_characters
from bot.nlu.number_masks import mask_numbers
from bot.nlu.sentence_encoder import DIMENSIONS, encode, is_latin

FAQ = "faq"
OUT_OF_SCOPE = "out_of_scope"
NONSENSE = "out_of_scope/nonsense"  # learnt apart, told as out_of_scope
_TOPIC_SEPARATOR = "/"
_ENCODER_WEIGHT = 1.0  # beside n-gram rows of length 1; tried 0.5 to 2
_SYLLABLE_PREFIX = "p:"
GLANCED = 3  # intents that a glance tells


@dataclass(frozen=True)
class Understanding:
    """Intents with calibrated confidence, best first; the topic when the best is faq.

    ``is_nonsense``: out of scope because it says nothing, not because it says something else.
    """

    ranking: tuple[tuple[str, float], ...]
    topic: str | None
    topic_confidence: float
    is_nonsense: bool = False

    @property
    def intent(self) -> str:
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        return self.ranking[0][1]


class IntentModel:
    """``topics`` is None when the examples asked too few general questions to tell apart."""

    def __init__(
        self, ngrams: NgramFeatures, intents: LinearModel, topics: LinearModel | None
    ) -> None:
        self._ngrams = ngrams
        self._intents = intents
        self._topics = topics
        self._is_syllable = _syllable_columns(ngrams)

    @classmethod
    def learn(cls, texts: Sequence[str], labels: Sequence[str]) -> "IntentModel":
        """Learn from normalised texts; ``labels`` are intents, ``faq/TOPIC`` or ``NONSENSE``."""
        masked = [_read(text) for text in texts]
        ngrams = NgramFeatures.learn(masked)
        rows = ngrams.matrix(masked)
        features = _with_vectors(rows, masked)
        sounds = _syllables_alone(rows, _syllable_columns(ngrams))
        shortened, left = with_dropped_characters(masked)
        copies = csr_matrix(vstack([sounds, _with_vectors(ngrams.matrix(left), left)]))
        copied = [*range(len(texts)), *shortened]
        intents = train(features, [_intent(label) for label in labels], copies, copied)
        asked = [at for at, label in enumerate(labels) if label.startswith(FAQ + _TOPIC_SEPARATOR)]
        names = [labels[at].split(_TOPIC_SEPARATOR)[1] for at in asked]
        if len(set(names)) < LEAST_LABELS:
            return cls(ngrams, intents, None)
        again = list(range(len(asked)))
        topics = train(csr_matrix(features[asked]), names, csr_matrix(sounds[asked]), again)
        return cls(ngrams, intents, topics)

    def understand(self, text: str) -> Understanding:
        """Classify one normalised text."""
        masked = _read(text)
        at, values = self._row(masked)
        dense = _ENCODER_WEIGHT * encode([masked])[0]
        chances = self._intents.probabilities(self._intents.margins(at, values, dense))
        ranking, is_nonsense = _ranked(self._intents.labels, chances)
        if ranking[0][0] != FAQ or self._topics is None:
            return Understanding(ranking, None, 0.0, is_nonsense)
        topics = self._topics.probabilities(self._topics.margins(at, values, dense))
        best = int(topics.argmax())
        return Understanding(ranking, self._topics.labels[best], float(topics[best]))

    def glance(self, text: str) -> list[tuple[str, float]]:
        """The likeliest intents with their margins, by n-grams alone: a tenth of the time."""
        at, values = self._row(_read(text))
        margins = self._intents.sparse_margins(at, values)
        best = np.argsort(-margins)[:GLANCED]
        return [(_intent_told(self._intents.labels[i]), float(margins[i])) for i in best]

    def may_part(self, before: str, after: str) -> bool:
        """Whether examples have been seen to end like ``before`` and to begin like ``after``."""
        known = self._ngrams.vocabulary
        return f"c:{before[-2:]}$" in known and f"c:^{after[:2]}" in known

    def _row(self, masked: str) -> SparseRow:
        at, values = self._ngrams.row(masked)
        if is_latin(masked):
            sounds = self._is_syllable[at]
            at, values = at[sounds], values[sounds]
            values = values / (np.linalg.norm(values) or 1.0)
        return at, values

    def save(self, folder: Path) -> None:
        """Write plain arrays and JSON; nothing that runs code when it is opened."""
        arrays: dict[str, Floats | Weights] = {"weights": self._ngrams.weights}
        words: dict[str, Any] = {"vocabulary": list(self._ngrams.vocabulary)}
        for name, model in (("intents", self._intents), ("topics", self._topics)):
            if model is not None:
                arrays[f"{name}_columns"] = model.columns
                arrays[f"{name}_bias"] = model.bias
                words[name] = [model.labels, model.sharpness]
        np.savez(folder / "intent_model.npz", allow_pickle=False, **arrays)
        (folder / "intent_model.json").write_text(json.dumps(words, ensure_ascii=False))

    @classmethod
    def open(cls, folder: Path) -> "IntentModel":
        """Read what ``save`` wrote."""
        words = json.loads((folder / "intent_model.json").read_text())
        with np.load(folder / "intent_model.npz", allow_pickle=False) as arrays:
            weights = arrays["weights"]
            models = {
                name: LinearModel(
                    tuple(words[name][0]),
                    arrays[f"{name}_columns"],
                    arrays[f"{name}_bias"],
                    words[name][1],
                )
                for name in ("intents", "topics")
                if name in words
            }
        vocabulary = {gram: at for at, gram in enumerate(words["vocabulary"])}
        return cls(NgramFeatures(vocabulary, weights), models["intents"], models.get("topics"))


def _read(text: str) -> str:
    """What the features are made of: English in Chinese, figures as marks."""
    return mask_numbers(in_chinese(text))


def _intent(label: str) -> str:
    """What an example teaches the intent model."""
    return label if label == NONSENSE else label.split(_TOPIC_SEPARATOR, maxsplit=1)[0]


def _intent_told(learnt: str) -> str:
    return OUT_OF_SCOPE if learnt == NONSENSE else learnt


def _ranked(labels: Sequence[str], chances: Floats) -> tuple[tuple[tuple[str, float], ...], bool]:
    """Intents, best first, with nonsense told as out of scope; and whether nonsense prevails."""
    learnt = dict(zip(labels, map(float, chances), strict=True))
    nonsense = learnt.pop(NONSENSE, 0.0)
    is_nonsense = nonsense > learnt.get(OUT_OF_SCOPE, 0.0)
    if nonsense:
        learnt[OUT_OF_SCOPE] = learnt.get(OUT_OF_SCOPE, 0.0) + nonsense
    ranking = tuple(sorted(learnt.items(), key=lambda item: -item[1]))
    return ranking, is_nonsense and ranking[0][0] == OUT_OF_SCOPE


def _with_vectors(rows: csr_matrix, masked: Sequence[str]) -> csr_matrix:
    return csr_matrix(hstack([rows, csr_matrix(_ENCODER_WEIGHT * encode(masked))]))


def _syllable_columns(ngrams: NgramFeatures) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([gram.startswith(_SYLLABLE_PREFIX) for gram in ngrams.vocabulary])


def _syllables_alone(
    rows: csr_matrix, is_syllable: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> csr_matrix:
    """Copies of the rows as if typed in pinyin: no characters, nothing from the encoder."""
    sounds = csr_matrix(normalize(rows @ diags(is_syllable.astype(np.float32))))
    silent = csr_matrix((sounds.indptr.size - 1, DIMENSIONS), dtype=np.float32)
    return csr_matrix(hstack([sounds, silent]))
