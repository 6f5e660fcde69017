"""The figures of a report, each from plain lists. Shares are between 0 and 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from bot.nlu.report.cases import Span, Spans


@dataclass(frozen=True)
class SpanScore:
    """How well spans were found, over all texts together."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class OutsideScore:
    """How what is none of our business is told from real wishes.

    ``caught`` of the foreign texts at ``refused`` of the real wishes, as the model decides;
    ``auroc`` and ``caught_at_limit`` from its confidence alone, at any threshold and at the
    one that refuses at most ``limit`` of the real wishes.
    """

    caught: float
    refused: float
    auroc: float
    caught_at_limit: float
    limit: float


def accuracy(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Share of texts understood right. Raises ValueError for no texts."""
    if not wanted:
        raise ValueError("no texts to measure on")
    return sum(a == b for a, b in zip(wanted, found, strict=True)) / len(wanted)


def macro_f1(wanted: Sequence[str], found: Sequence[str]) -> float:
    """Mean F1 of all intents that are wanted or found, each counting the same."""
    missing: dict[str, Any] = {"zero_division": 0}
    return float(f1_score(wanted, found, average="macro", **missing))


def f1_of(intent: str, wanted: Sequence[str], found: Sequence[str]) -> float:
    """F1 of one intent; 0 when it is neither wanted nor found."""
    hits = sum(a == b == intent for a, b in zip(wanted, found, strict=True))
    return _f1(hits, hits, wanted.count(intent), found.count(intent))


def exact_spans(wanted: Sequence[Spans], found: Sequence[Spans]) -> SpanScore:
    """A span is right when kind and both borders are."""
    hits = sum(len(a & b) for a, b in zip(wanted, found, strict=True))
    return _span_score(hits, hits, wanted, found)


def overlapping_spans(wanted: Sequence[Spans], found: Sequence[Spans]) -> SpanScore:
    """A span is right when one of the same kind shares a character with it."""
    pairs = list(zip(wanted, found, strict=True))
    met = sum(_met(span, others) for spans, others in pairs for span in spans)
    right = sum(_met(span, others) for others, spans in pairs for span in spans)
    return _span_score(right, met, wanted, found)


def outside(inside: Sequence[float], foreign: Sequence[float], limit: float) -> tuple[float, float]:
    """AUROC, and the share of foreign texts caught while at most ``limit`` of ours are refused.

    Both lists hold how foreign a text seems; equal scores are refused together.
    """
    truth = [0] * len(inside) + [1] * len(foreign)
    auroc = float(roc_auc_score(truth, [*inside, *foreign]))
    allowed = int(limit * len(inside))
    threshold = np.sort(inside)[::-1][allowed] if allowed < len(inside) else -np.inf
    return auroc, float(np.mean(np.asarray(foreign) > threshold))


def percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share * 100))


def _met(span: Span, others: Spans) -> bool:
    kind, start, end = span
    return any(kind == k and start < e and s < end for k, s, e in others)


def _span_score(right: int, met: int, wanted: Sequence[Spans], found: Sequence[Spans]) -> SpanScore:
    all_wanted, all_found = sum(map(len, wanted)), sum(map(len, found))
    return SpanScore(
        precision=right / all_found if all_found else 0.0,
        recall=met / all_wanted if all_wanted else 0.0,
        f1=_f1(right, met, all_wanted, all_found),
    )


def _f1(right: int, met: int, wanted: int, found: int) -> float:
    """Harmonic mean of ``right`` of ``found`` and ``met`` of ``wanted``; 0 without a hit."""
    if not right or not met:
        return 0.0
    precision, recall = right / found, met / wanted
    return 2 * precision * recall / (precision + recall)
