"""``python -m tests.benchmarks``: 小水 and a stock Rasa server side by side, in one run."""

import argparse
import asyncio
import shutil

from bot.settings import PROJECT
from tests.benchmarks import report
from tests.benchmarks.figures import Figures
from tests.benchmarks.ours import Ours
from tests.benchmarks.rounds import measure_side_by_side
from tests.benchmarks.side import Side
from tests.benchmarks.stock_rasa import environment
from tests.benchmarks.stock_rasa.server import StockRasa

# Not below /tmp, which may be memory: what fsync costs is to be measured.
FOLDER = PROJECT / "tests" / "output" / "benchmarks"
MODELS_KEPT = ("models", "stock-rasa")
PORTS = (9311, 9312, 9313)
ROUNDS = 5


def main() -> None:
    arguments = _arguments()
    for folder in FOLDER.glob("*"):
        if arguments.afresh or folder.name not in MODELS_KEPT:
            shutil.rmtree(folder, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    ours: list[Side] = [Ours(FOLDER, PORTS[0], workers=2), Ours(FOLDER, PORTS[1], workers=1)]
    opponents = _opponents()
    figures = asyncio.run(measure_side_by_side([*ours, *opponents], arguments.rounds))
    _tell(figures[: len(ours)], figures[len(ours) :], write=arguments.write)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the table into {report.PAGE}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="more rounds, less noise")
    parser.add_argument("--afresh", action="store_true", help="train even if nothing has changed")
    return parser.parse_args()


def _opponents() -> list[Side]:
    """The stock server; none, with a sentence, where it cannot be had."""
    try:
        environment.prepare()
    except environment.Missing as missing:
        print(missing, flush=True)
        return []
    return [StockRasa(FOLDER, PORTS[2])]


def _tell(ours: list[Figures], opponents: list[Figures], *, write: bool) -> None:
    measured = f"{report.circumstances()}\n\n{report.table(ours, opponents)}"
    print(f"\n{measured}")
    if write:
        report.write(measured)


if __name__ == "__main__":
    main()
