"""The figures as a Markdown table, with the machine and the moment they were measured on."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.settings import PROJECT
from tests.benchmarks.figures import Figures, rows

PAGE = PROJECT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COMMAND = "make bench WRITE=1"


def table(ours: Sequence[Figures], opponents: Sequence[Figures]) -> str:
    """One column a system; behind an opponent's: how many times better each of ours is."""
    columns = [*ours, *opponents]
    heads = ["", *(column.title for column in columns), *("ratios" for _ in opponents)]
    lines = [_line(heads), _line(["---", *["---:"] * (len(heads) - 1)])]
    for row in rows(columns):
        values = (f"{value:,.{row.digits}f}" for value in row.values)
        ratios = (
            " / ".join(f"{row.factor(mine, other):.1f}×" for mine in range(len(ours)))
            for other in range(len(ours), len(columns))
        )
        lines.append(_line([row.title, *values, *ratios]))
    return "\n".join(lines)


def circumstances() -> str:
    """When, by what command, on what machine."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[2]
    return (
        f"{moment}, `{COMMAND}`, {_processor()}, {os.cpu_count()} cores, {memory_gb:.0f} GB,"
        f" Linux {platform.release()}, Python {platform.python_version()};"
        f" load average of the last 15 minutes {load:.1f}."
    )


def write(measured: str, page: Path = PAGE) -> None:
    """Put it between the marks of the page. Raises ValueError when they are gone."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not ended:
        raise ValueError(f"{page} has no place between {BEGIN} and {END}")
    page.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
