"""Labelled utterances as training data: a file an intent under ``nlu_data/learnt/``.

The model is named after the data it is made of, so going back is giving the data back its
old content: the model of before is found again, or made again.
"""

import json
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("nlu_data/learnt")
_HEAD = 'version: "3.1"\nnlu:\n- intent: {}\n  examples: |\n'


class NothingToUndo(ValueError):
    """Nothing was learnt, or it was taken back already; a Chinese sentence for the operator."""


def add(project: Path, labelled: Mapping[str, list[str]]) -> dict[str, str | None]:
    """Write the examples; returns what each file held before (None: it was not there)."""
    before: dict[str, str | None] = {}
    for intent, texts in sorted(labelled.items()):
        place = FOLDER / f"{intent.replace('/', '_')}.yml"
        file = project / place
        old = file.read_text(encoding="utf-8") if file.exists() else None
        before[str(place)] = old
        lines = [line for line in (f"    - {text}" for text in texts) if line not in (old or "")]
        file.parent.mkdir(parents=True, exist_ok=True)
        written = (old or _HEAD.format(intent)) + "".join(f"{line}\n" for line in lines)
        file.write_text(written, encoding="utf-8")
    return before


def remember(record: Path, before: Mapping[str, str | None]) -> None:
    """Keep what ``add`` returned, for ``take_back``."""
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(before, ensure_ascii=False), encoding="utf-8")


def restore(project: Path, before: Mapping[str, str | None]) -> None:
    """Give the files the content they had."""
    for place, content in before.items():
        file = project / place
        if content is None:
            file.unlink(missing_ok=True)
        else:
            file.write_text(content, encoding="utf-8")


def take_back(project: Path, record: Path) -> None:
    """Undo the last lesson. Raises NothingToUndo."""
    if not record.exists():
        raise NothingToUndo("没有可以撤回的学习。")
    restore(project, json.loads(record.read_text(encoding="utf-8")))
    record.unlink()
