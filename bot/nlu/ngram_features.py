"""Character and fuzzy-pinyin n-grams with tf-idf weights."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.nlu.fuzzy_pinyin import syllables

LONGEST_NGRAM = 3
RAREST_KEPT = 2  # an n-gram of a single example says nothing about others

SparseRow = tuple[NDArray[np.int32], NDArray[np.float32]]


def _ngrams(units: Sequence[str], prefix: str, joint: str) -> Iterable[str]:
    framed = ["^", *units, "$"]
    for length in range(1, LONGEST_NGRAM + 1):
        for at in range(len(framed) - length + 1):
            yield prefix + joint.join(framed[at : at + length])


def _pairs(units: Sequence[str]) -> Iterable[str]:
    """Neighbours, also over one character between them, so that a dropped one costs less."""
    framed = ["^", *units, "$"]
    for step in (1, 2):
        for one, other in zip(framed, framed[step:], strict=False):
            yield "s:" + one + other


def ngrams(masked: str) -> list[str]:
    """All n-grams of a masked text: ``c:`` of characters, ``s:`` pairs, ``p:`` of syllables."""
    characters = [character for character in masked.lower() if not character.isspace()]
    return [
        *_ngrams(characters, "c:", ""),
        *_pairs(characters),
        *_ngrams(syllables(masked), "p:", " "),
    ]


class NgramFeatures:
    """Learnt vocabulary and weights. Rows are L2-normalised, one block for each kind."""

    def __init__(self, vocabulary: dict[str, int], weights: NDArray[np.float32]) -> None:
        self.vocabulary = vocabulary
        self.weights = weights

    @classmethod
    def learn(cls, texts: Sequence[str]) -> "NgramFeatures":
        """Vocabulary in sorted order: the same texts give the same columns."""
        seen = Counter(gram for text in texts for gram in set(ngrams(text)))
        kept = sorted(gram for gram, count in seen.items() if count >= RAREST_KEPT)
        frequency = np.array([seen[gram] for gram in kept], dtype=np.float32)
        weights = np.log((1 + len(texts)) / (1 + frequency)) + 1
        return cls({gram: at for at, gram in enumerate(kept)}, weights.astype(np.float32))

    def row(self, masked: str) -> SparseRow:
        """Column indices and values of one text."""
        counts = Counter(
            at for gram in ngrams(masked) if (at := self.vocabulary.get(gram)) is not None
        )
        columns = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
        counted = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(counted)) * self.weights[columns] if len(counts) else counted
        length = float(np.linalg.norm(values))
        return columns, (values / length if length else values).astype(np.float32)

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """One row a text, for training."""
        rows = [self.row(text) for text in texts]
        starts = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([columns for columns, _ in rows])
        values = np.concatenate([values for _, values in rows])
        return csr_matrix((values, columns, starts), shape=(len(texts), len(self.vocabulary)))
