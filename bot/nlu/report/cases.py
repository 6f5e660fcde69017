"""Utterances with what they mean, read from JSON lines or from the tables of the held-out set.

JSON lines: ``{"text", "intent", "entities": [{"entity", "start", "end"}], "style", "topic"}``,
of which only ``text`` and ``intent`` must be there. A table (``INTENT.tsv``) has one
utterance a line: style, text with ``[span](entity)`` marks and, for ``faq``, the topic.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TABLE = ".tsv"
SUFFIXES = (TABLE, ".jsonl")
_MARK = re.compile(r"\[([^\[\]]+)\]\(([a-z_]+)\)")

Span = tuple[str, int, int]  # entity, first character, character after the last
Spans = frozenset[Span]


class BadCases(ValueError):
    """A file that holds no usable utterances; the message is one Chinese sentence."""


@dataclass(frozen=True)
class Case:
    """One utterance and what a person understands by it."""

    text: str
    intent: str
    spans: Spans = frozenset()
    style: str | None = None
    topic: str | None = None


def read(place: Path) -> list[Case]:
    """All cases of a file, or of the tables and JSON lines of a folder. Raises BadCases."""
    files = sorted(_files(place))
    cases = [case for file in files for case in _read_file(file)]
    if not cases:
        raise BadCases(f"{place} 里没有可用的语句,需要 .jsonl 或 .tsv 文件。")
    return cases


def unmarked(text: str) -> tuple[str, Spans]:
    """``text`` without its marks, and where the marked pieces are then."""
    plain, spans, at = "", set[Span](), 0
    for mark in _MARK.finditer(text):
        plain += text[at : mark.start()]
        spans.add((mark[2], len(plain), len(plain) + len(mark[1])))
        plain, at = plain + mark[1], mark.end()
    return plain + text[at:], frozenset(spans)


def _files(place: Path) -> Iterable[Path]:
    if place.is_dir():
        return (file for file in place.iterdir() if file.suffix in SUFFIXES)
    return [place]


def _read_file(file: Path) -> Iterator[Case]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadCases(f"读不了 {file}:{error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _of_table(file.stem, line) if file.suffix == TABLE else _of_json(line)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise BadCases(f"{file} 第 {number} 行看不懂,请对照文档改正。") from error


def _of_table(intent: str, line: str) -> Case:
    style, marked, *topic = line.split("\t")
    text, spans = unmarked(marked)
    return Case(text, intent, spans, style, topic[0] if topic else None)


def _of_json(line: str) -> Case:
    data = json.loads(line)
    spans = frozenset(
        (str(one["entity"]), int(one["start"]), int(one["end"]))
        for one in data.get("entities") or []
    )
    return Case(str(data["text"]), data["intent"], spans, data.get("style"), data.get("topic"))
