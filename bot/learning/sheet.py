"""The list that a person labels: a table for any spreadsheet, one utterance a line."""

import csv
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from bot.learning.grouping import Group

COLUMNS = ("组", "次数", "可能是", "说法", "意图")
IGNORED = "-"  # looked at, and not worth learning


class BadSheet(ValueError):
    """A list that can't be used; the message is one Chinese sentence for the operator."""


def write(place: Path, groups: Sequence[Group]) -> None:
    """The last column waits for the person."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", encoding="utf-8-sig", newline="") as file:  # Excel needs the mark
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for number, group in enumerate(groups, start=1):
            for one in group.members:
                rows.writerow([number, one.times, " ".join(one.guesses), one.text, ""])


def read(place: Path, known: Set[str]) -> Mapping[str, list[str]]:
    """The labelled utterances by intent; ``known`` are intents and ``faq/TOPIC``.

    An empty label is taken from the lines of the same group above it, so that one label is
    enough for a group. Raises BadSheet.
    """
    found: dict[str, list[str]] = {}
    for label, text in _labelled(place, known):
        if text not in found.setdefault(label, []):
            found[label].append(text)
    if not found:
        raise BadSheet(f"{place} 里还没有标好的句子:请在最后一列写意图,不学的写 {IGNORED}。")
    return found


def _labelled(place: Path, known: Set[str]) -> Iterator[tuple[str, str]]:
    last: dict[str, str] = {}
    for number, row in enumerate(_rows(place), start=2):
        group, label = row["组"], row["意图"].strip()
        label = last[group] = label or last.get(group, "")
        if label in ("", IGNORED):
            continue
        if label not in known:
            raise BadSheet(f"{place} 第 {number} 行的意图「{label}」不存在,请改正。")
        yield label, row["说法"].strip()


def _rows(place: Path) -> list[dict[str, str]]:
    try:
        with place.open(encoding="utf-8-sig", newline="") as file:
            rows = [
                {name: value or "" for name, value in row.items()} for row in csv.DictReader(file)
            ]
    except (OSError, UnicodeDecodeError) as error:
        raise BadSheet(f"读不了 {place},请存成 UTF-8 的 CSV。") from error
    if any(not set(COLUMNS) <= set(row) for row in rows):
        raise BadSheet(f"{place} 的表头变了,应有:{'、'.join(COLUMNS)}。")
    return rows
