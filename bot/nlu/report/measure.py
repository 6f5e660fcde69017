"""Put all cases to an understander and work out the figures of the report."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.nlu.report import figures, noise
from bot.nlu.report.cases import Case, Spans
from bot.nlu.report.figures import OutsideScore, SpanScore

OUTSIDE = "out_of_scope"
MOST_REFUSED = 0.03  # of real wishes; what the share caught is told at
SHOWN_MISTAKES = 15


@dataclass(frozen=True)
class Answer:
    """What was understood. ``ranking`` holds intents with their confidence, best first."""

    ranking: tuple[tuple[str, float], ...]
    spans: Spans
    topic: str | None
    ms: float
    second: str | None = None

    @property
    def intent(self) -> str:
        return self.ranking[0][0]

    @property
    def foreignness(self) -> float:
        """How little it seems one of our wishes: all that the best of them does not have."""
        return 1 - max((sure for name, sure in self.ranking if name != OUTSIDE), default=0.0)


@dataclass(frozen=True)
class Group:
    """The cases of one style or intent. ``f1`` is None where it means nothing."""

    cases: int
    accuracy: float
    f1: float | None = None
    mistaken_for: str | None = None


@dataclass(frozen=True)
class Report:
    """Shares between 0 and 1; milliseconds; None where the cases allow no figure.

    ``seconds``: texts in which a second wish was heard; the sets hold one wish a text.
    """

    cases: int
    accuracy: float
    macro_f1: float
    spans: SpanScore | None
    overlapping: SpanScore | None
    outside: OutsideScore | None
    topics: float | None
    seconds: float
    styles: Mapping[str, Group]
    intents: Mapping[str, Group]
    mistakes: Sequence[tuple[str, str, int]]
    noise: Mapping[str, float]
    ms_median: float
    ms_p99: float


Understander = Callable[[str], Answer]


def answer_of(parsed: Mapping[str, Any]) -> Answer:
    """What ``bot.nlu.parse`` returned, as an answer."""
    return Answer(
        ranking=tuple((one["name"], one["confidence"]) for one in parsed["intent_ranking"]),
        spans=frozenset((one["entity"], one["start"], one["end"]) for one in parsed["entities"]),
        topic=parsed["faq_topic"],
        ms=parsed["ms"],
        second=parsed["second_intent"] and parsed["second_intent"]["name"],
    )


def measure(
    cases: Sequence[Case], understand: Understander, with_noise: bool = True
) -> tuple[Report, list[Answer]]:
    """Understand every case, and each noisy variant of it; the answers are of the clean texts."""
    answers = [understand(case.text) for case in cases]
    wanted = [case.intent for case in cases]
    kinds = noise.KINDS if with_noise else {}
    noisy = {
        kind: figures.accuracy(
            wanted, [understand(noise.noisy(case.text, kind)).intent for case in cases]
        )
        for kind in kinds
    }
    return report_of(cases, answers, noisy), answers


def report_of(
    cases: Sequence[Case], answers: Sequence[Answer], noisy: Mapping[str, float]
) -> Report:
    """The figures of what was understood. Raises ValueError for no cases."""
    wanted, found = [case.intent for case in cases], [answer.intent for answer in answers]
    spans = [case.spans for case in cases], [answer.spans for answer in answers]
    mistakes = Counter((a, b) for a, b in zip(wanted, found, strict=True) if a != b)
    times = [answer.ms for answer in answers]
    return Report(
        cases=len(cases),
        accuracy=figures.accuracy(wanted, found),
        macro_f1=figures.macro_f1(wanted, found),
        spans=figures.exact_spans(*spans) if any(spans[0]) else None,
        overlapping=figures.overlapping_spans(*spans) if any(spans[0]) else None,
        outside=_outside(cases, answers),
        topics=_topics(cases, answers),
        seconds=sum(answer.second is not None for answer in answers) / len(answers),
        styles=_styles(cases, answers),
        intents={intent: _intent(intent, wanted, found) for intent in sorted(set(wanted))},
        mistakes=[(a, b, times) for (a, b), times in mistakes.most_common(SHOWN_MISTAKES)],
        noise=noisy,
        ms_median=figures.percentile(times, 0.5),
        ms_p99=figures.percentile(times, 0.99),
    )


def _outside(cases: Sequence[Case], answers: Sequence[Answer]) -> OutsideScore | None:
    pairs = list(zip(cases, answers, strict=True))
    ours = [answer for case, answer in pairs if case.intent != OUTSIDE]
    foreign = [answer for case, answer in pairs if case.intent == OUTSIDE]
    if not ours or not foreign:
        return None
    auroc, at_limit = figures.outside(
        [answer.foreignness for answer in ours],
        [answer.foreignness for answer in foreign],
        MOST_REFUSED,
    )
    return OutsideScore(
        caught=sum(answer.intent == OUTSIDE for answer in foreign) / len(foreign),
        refused=sum(answer.intent == OUTSIDE for answer in ours) / len(ours),
        auroc=auroc,
        caught_at_limit=at_limit,
        limit=MOST_REFUSED,
    )


def _topics(cases: Sequence[Case], answers: Sequence[Answer]) -> float | None:
    asked = [(c.topic, a.topic) for c, a in zip(cases, answers, strict=True) if c.topic]
    return sum(a == b for a, b in asked) / len(asked) if asked else None


def _styles(cases: Sequence[Case], answers: Sequence[Answer]) -> dict[str, Group]:
    right: dict[str, list[bool]] = {}
    for case, answer in zip(cases, answers, strict=True):
        if case.style:
            right.setdefault(case.style, []).append(case.intent == answer.intent)
    return {style: Group(len(all_), sum(all_) / len(all_)) for style, all_ in right.items()}


def _intent(intent: str, wanted: Sequence[str], found: Sequence[str]) -> Group:
    heard = [b for a, b in zip(wanted, found, strict=True) if a == intent]
    wrong = Counter(b for b in heard if b != intent)
    return Group(
        cases=len(heard),
        accuracy=heard.count(intent) / len(heard),
        f1=figures.f1_of(intent, wanted, found),
        mistaken_for=wrong.most_common(1)[0][0] if wrong else None,
    )
