"""A linear classifier: trained by scikit-learn, applied with one gather and one product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, vstack
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

Floats = NDArray[np.float32]
Weights = NDArray[np.float16]  # half the size, the same decisions
SEED = 20261124
MOST_FOLDS = 5
LEAST_LABELS = 3  # scikit-learn gives one margin, not two, for a pair of labels
PENALTY = 0.5  # of a mistake; tried 0.15 to 1
PRECISION = 1e-2  # of the fit; finer ones decide the same
SHARPEST = 12.0  # largest factor tried when margins are turned into probabilities


def _softmax(margins: NDArray[np.floating]) -> NDArray[np.floating]:
    shifted = np.exp(margins - margins.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


@dataclass(frozen=True)
class LinearModel:
    """``columns`` (features × labels) is stored feature first, so rows are gathered fast."""

    labels: tuple[str, ...]
    columns: Weights
    bias: Floats
    sharpness: float

    def margins(self, at: NDArray[np.int32], values: Floats, dense: Floats) -> Floats:
        """Margins of one text: sparse features at ``at``, dense ones in the last rows."""
        of_encoder = self.columns[-len(dense) :].astype(np.float32)
        total = self.sparse_margins(at, values) + dense @ of_encoder
        return total.astype(np.float32)

    def sparse_margins(self, at: NDArray[np.int32], values: Floats) -> Floats:
        """Margins by the sparse features alone."""
        return values @ self.columns[at].astype(np.float32) + self.bias

    def probabilities(self, margins: Floats) -> Floats:
        """Calibrated on held-out examples, sums to 1."""
        return _softmax(self.sharpness * margins).astype(np.float32)


def _fit(features: csr_matrix, labels: NDArray[np.str_]) -> LinearSVC:
    return LinearSVC(C=PENALTY, tol=PRECISION, random_state=SEED).fit(features, labels)


def _sharpness(margins: NDArray[np.floating], truth: NDArray[np.intp]) -> float:
    """The factor under which the softmax gives held-out examples the highest likelihood."""

    def loss(factor: float) -> float:
        chosen = _softmax(factor * margins)[np.arange(len(truth)), truth]
        return float(-np.log(chosen + 1e-12).mean())

    best = minimize_scalar(loss, bounds=(0.5, SHARPEST), method="bounded")
    return float(best.x)


def train(
    features: csr_matrix, labels: Sequence[str], copies: csr_matrix, copied: Sequence[int]
) -> LinearModel:
    """Fit on ``features`` and on noisy ``copies`` of the rows ``copied``; calibrate on clean rows.

    Needs three labels and two examples of each at least.
    Deterministic: the same rows in the same order give the same model.
    """
    truth = np.array(labels)
    if len(np.unique(truth)) < LEAST_LABELS:
        raise ValueError(f"{LEAST_LABELS} labels are needed")
    fewest = int(np.unique(truth, return_counts=True)[1].min())
    folds = StratifiedKFold(min(MOST_FOLDS, fewest), shuffle=True, random_state=SEED)
    kept, held = next(iter(folds.split(np.zeros(len(truth)), truth)))
    trial = _fit(csr_matrix(features[kept]), truth[kept])
    where = np.searchsorted(trial.classes_, truth[held])
    sharpness = _sharpness(trial.decision_function(features[held]), where)
    final = _fit(csr_matrix(vstack([features, copies])), np.concatenate([truth, truth[copied]]))
    return LinearModel(
        labels=tuple(str(label) for label in final.classes_),
        columns=np.ascontiguousarray(final.coef_.T, dtype=np.float16),
        bias=np.asarray(final.intercept_, dtype=np.float32),
        sharpness=sharpness,
    )
