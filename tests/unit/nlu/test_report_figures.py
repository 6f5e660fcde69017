"""The figures of a report, against ones worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_fscore_support

from bot.nlu.report import figures

WANTED = ["bill", "bill", "bill", "leak", "leak", "hello"]
FOUND = ["bill", "bill", "leak", "leak", "hello", "hello"]


def test_accuracy() -> None:
    assert figures.accuracy(WANTED, FOUND) == pytest.approx(4 / 6)


def test_no_texts_have_no_accuracy() -> None:
    with pytest.raises(ValueError, match="no texts"):
        figures.accuracy([], [])


def test_macro_f1() -> None:
    # bill: P 1, R 2/3 -> 0.8; leak: P 1/2, R 1/2 -> 0.5; hello: P 1/2, R 1 -> 2/3.
    assert figures.macro_f1(WANTED, FOUND) == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)


def test_f1_of_one_intent() -> None:
    assert figures.f1_of("bill", WANTED, FOUND) == pytest.approx(0.8)
    assert figures.f1_of("never", WANTED, FOUND) == 0


LABELS = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=30))
def test_f1_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    wanted, found = [a for a, _ in pairs], [b for _, b in pairs]
    theirs = f1_score(wanted, found, labels=["a"], average="macro", zero_division=0)  # pyright: ignore[reportArgumentType]
    assert figures.f1_of("a", wanted, found) == pytest.approx(theirs)


def spans(*several: tuple[str, int, int]) -> frozenset[tuple[str, int, int]]:
    return frozenset(several)


SPANS_WANTED = [spans(("day", 0, 3), ("money", 5, 8)), spans(("day", 0, 2)), spans()]
SPANS_FOUND = [spans(("day", 0, 3), ("money", 6, 8)), spans(("place", 0, 2)), spans(("day", 1, 2))]


def test_exact_spans() -> None:
    score = figures.exact_spans(SPANS_WANTED, SPANS_FOUND)
    assert (score.precision, score.recall) == (pytest.approx(1 / 4), pytest.approx(1 / 3))
    assert score.f1 == pytest.approx(2 / 7)


def test_overlapping_spans_need_the_kind() -> None:
    score = figures.overlapping_spans(SPANS_WANTED, SPANS_FOUND)
    assert (score.precision, score.recall) == (pytest.approx(2 / 4), pytest.approx(2 / 3))
    assert score.f1 == pytest.approx(4 / 7)


def test_touching_spans_do_not_overlap() -> None:
    assert figures.overlapping_spans([spans(("day", 0, 3))], [spans(("day", 3, 5))]).f1 == 0


def test_one_found_span_may_cover_two_wanted() -> None:
    wanted, found = [spans(("day", 0, 2), ("day", 3, 5))], [spans(("day", 0, 5))]
    score = figures.overlapping_spans(wanted, found)
    assert (score.precision, score.recall) == (1, 1)


def test_exact_f1_is_that_of_the_sets() -> None:
    every = sorted(SPANS_WANTED[0] | SPANS_FOUND[0])
    marks = [[span in side[0] for span in every] for side in (SPANS_WANTED, SPANS_FOUND)]
    theirs = precision_recall_fscore_support(*marks, average="binary")[2]
    assert figures.exact_spans(SPANS_WANTED[:1], SPANS_FOUND[:1]).f1 == pytest.approx(theirs)


def test_outside_at_a_limit() -> None:
    ours, foreign = [0.1, 0.2, 0.3, 0.9], [0.8, 0.95, 0.25]
    # Of 12 pairs the foreign text is above ours in 3 + 4 + 2 = 9.
    auroc, caught = figures.outside(ours, foreign, limit=0)
    assert (auroc, caught) == (pytest.approx(9 / 12), pytest.approx(1 / 3))
    assert figures.outside(ours, foreign, limit=0.25)[1] == pytest.approx(2 / 3)


def test_equal_scores_are_refused_together() -> None:
    assert figures.outside([0.5, 0.5, 0.1], [0.5], limit=0.34)[1] == 0


def test_percentile() -> None:
    assert figures.percentile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5) == 3
