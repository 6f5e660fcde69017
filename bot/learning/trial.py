"""Is the model with the new examples as good as the running one? On utterances neither knows."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.report.cases import Case
from bot.nlu.report.measure import Answer, Report, report_of

MOST_LOST = 0.0  # of any figure below; a model that is worse in one of them is not taken


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1: what must not get worse."""

    intents: float
    spans: float
    caught: float
    not_refused: float

    def is_no_worse_than(self, other: "Figures") -> bool:
        mine, others = vars(self).values(), vars(other).values()
        return all(new >= old - MOST_LOST for new, old in zip(mine, others, strict=True))


def figures_of(report: Report) -> Figures:
    """The figures of one model; what the cases do not hold counts as perfect."""
    outside = report.outside
    return Figures(
        intents=report.accuracy,
        spans=report.spans.f1 if report.spans else 1.0,
        caught=outside.caught if outside else 1.0,
        not_refused=1 - outside.refused if outside else 1.0,
    )


def examine(model: Path, cases: Sequence[Case]) -> Figures:
    """Put all ``cases`` to a trained model."""
    from bot import rasa_adapter

    rasa_adapter.install()
    from rasa.core.agent import Agent

    from bot.nlu.parse import parse
    from bot.nlu.report.measure import answer_of

    agent = Agent.load(model)

    async def every() -> list[Answer]:
        return [answer_of(await parse(agent, case.text)) for case in cases]

    return figures_of(report_of(cases, asyncio.run(every()), {}))


def better_kept(
    train: Callable[[], Path], examined: Callable[[Path], Figures], running: Path
) -> tuple[bool, Figures, Figures]:
    """Whether the model that ``train`` makes may replace ``running``, and both ones' figures."""
    old = examined(running)
    new = examined(train())
    return new.is_no_worse_than(old), old, new
