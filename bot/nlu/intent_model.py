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
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.preprocessing import normalize

from bot.nlu.foreign_words import in_chinese
from bot.nlu.linear_model import LEAST_LABELS, Floats, LinearModel, train
from bot.nlu.ngram_features import NgramFeatures, SparseRow
from bot.nlu.number_masks import mask_numbers
from bot.nlu.sentence_encoder import DIMENSIONS, encode, is_latin

FAQ = "faq"
_TOPIC_SEPARATOR = "/"
_ENCODER_WEIGHT = 0.7  # beside n-gram rows of length 1; tried 0.5 to 2
_SYLLABLE_PREFIX = "p:"


@dataclass(frozen=True)
class Understanding:
    """Intents with calibrated confidence, best first; the topic when the best is faq."""

    ranking: tuple[tuple[str, float], ...]
    topic: str | None
    topic_confidence: float

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
        """Learn from normalised texts; ``labels`` are intents or ``faq/TOPIC``."""
        masked = [_read(text) for text in texts]
        ngrams = NgramFeatures.learn(masked)
        rows = ngrams.matrix(masked)
        vectors = csr_matrix(_ENCODER_WEIGHT * encode(masked))
        features = csr_matrix(hstack([rows, vectors]))
        copies = _syllables_alone(rows, _syllable_columns(ngrams))
        intents = train(features, [label.split(_TOPIC_SEPARATOR)[0] for label in labels], copies)
        asked = [at for at, label in enumerate(labels) if _TOPIC_SEPARATOR in label]
        names = [labels[at].split(_TOPIC_SEPARATOR)[1] for at in asked]
        if len(set(names)) < LEAST_LABELS:
            return cls(ngrams, intents, None)
        topics = train(csr_matrix(features[asked]), names, csr_matrix(copies[asked]))
        return cls(ngrams, intents, topics)

    def understand(self, text: str) -> Understanding:
        """Classify one normalised text."""
        masked = _read(text)
        at, values = self._row(masked)
        dense = _ENCODER_WEIGHT * encode([masked])[0]
        chances = self._intents.probabilities(self._intents.margins(at, values, dense))
        order = np.argsort(-chances, kind="stable")
        ranking = tuple((self._intents.labels[i], float(chances[i])) for i in order)
        if ranking[0][0] != FAQ or self._topics is None:
            return Understanding(ranking, None, 0.0)
        topics = self._topics.probabilities(self._topics.margins(at, values, dense))
        best = int(topics.argmax())
        return Understanding(ranking, self._topics.labels[best], float(topics[best]))

    def _row(self, masked: str) -> SparseRow:
        at, values = self._ngrams.row(masked)
        if is_latin(masked):
            sounds = self._is_syllable[at]
            at, values = at[sounds], values[sounds]
            values = values / (np.linalg.norm(values) or 1.0)
        return at, values

    def save(self, folder: Path) -> None:
        """Write plain arrays and JSON; nothing that runs code when it is opened."""
        arrays: dict[str, Floats] = {"weights": self._ngrams.weights}
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


def _syllable_columns(ngrams: NgramFeatures) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([gram.startswith(_SYLLABLE_PREFIX) for gram in ngrams.vocabulary])


def _syllables_alone(
    rows: csr_matrix, is_syllable: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> csr_matrix:
    """Copies of the rows as if typed in pinyin: no characters, nothing from the encoder."""
    sounds = csr_matrix(normalize(rows @ diags(is_syllable.astype(np.float32))))
    silent = csr_matrix((sounds.indptr.size - 1, DIMENSIONS), dtype=np.float32)
    return csr_matrix(hstack([sounds, silent]))
